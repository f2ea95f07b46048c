//! The end of a run: it waits for what must come, and then for what must not.
//!
//! What is due at the end is lost only when the target answered and the harness was not late for a whole patience
//! (`probe::watch`).

use std::time::Duration;

use evidence::{Marker, Place, What};

use probe::watch::so_far;
use probe::{Due, Tab, Target, end_of};

use super::error::RunError;
use super::state::Run;
use crate::language::names::TabName;
use crate::lock::lock;

/// How long what is still due may take at the end, however slow the target is.
pub(crate) const SETTLING: Duration = Duration::from_secs(30);

/// How many of what is missing is named.
pub(super) const TOLD: usize = 3;

/// How long it listens if the target file does not say how often the target may send.
const LISTENING: Duration = Duration::from_secs(1);
/// Turns of the target's cadence in which what is due to somebody else would come too.
const TURNS: u32 = 3;

/// How long a run keeps listening after everything that is due has come.
fn listening(target: &Target) -> Duration {
    let cadence = target.cadence.map(|cadence| cadence * TURNS);
    cadence.unwrap_or(LISTENING)
}

impl Run {
    /// What was sent over sockets that both ends have kept open did happen.
    fn confirm(&self) {
        let actions = lock(&self.actions);
        for action in actions.iter().filter(|action| action.begun.is_pending()) {
            // A recorder that has stopped says so at its end.
            let _ = action.tab.confirm(&action.begun);
        }
    }

    /// Waits until each open tab has what the actions of its user owe it, or it is lost; then for what leaks
    /// to somebody else, which may come later than what its owner waits for. Then what was counted is judged.
    pub(crate) async fn settle(&self) {
        let settling = self.site.target().settling.unwrap_or(SETTLING);
        let unsettled = self.watch.settle(self.due(), settling).await;
        let uncounted = self.settle_counts(settling).await;
        let (listened, trouble) = self.watch.listen(listening(self.site.target())).await;
        let doubt = { unsettled.clone() }
            .or(uncounted)
            .or_else(|| trouble.clone());
        let settled = What::Settled {
            unsettled: unsettled.or_else(|| trouble.clone()),
            listened_ms: u64::try_from(listened.as_millis()).ok(),
            unheard: trouble.or_else(|| self.recorder.missed().map(str::to_owned)),
        };
        self.confirm();
        let _ = self.end_old_sessions();
        // A recorder that has stopped says so at its end.
        let _ = self.recorder.record(Place::nobody("the run"), settled);
        let _ = self.judge_counts(doubt.as_deref());
        let _ = self.judge_ends(doubt.clone());
        let _ = self.judge_coming_back(doubt);
    }

    /// The open tabs whose session has not ended: what streams to others breaks off with it.
    pub(super) fn tabs_of_their_sessions(&self) -> Vec<Tab> {
        let open = lock(&self.tabs);
        let open: Vec<(TabName, Tab)> = { open.iter() }
            .map(|(name, open)| (name.clone(), open.tab.clone()))
            .collect();
        let own = open.into_iter().filter(|(name, tab)| {
            let place = self.browser(&name.browser).place();
            tab.is_of(&place)
        });
        own.map(|(_, tab)| tab).collect()
    }

    /// Where the file says what the last piece of a stream looks like: whether each stream that gave its marker has come
    /// to its end.
    fn judge_ends(&self, doubt: Option<String>) -> Result<(), RunError> {
        if !self.site.target().has_ends() {
            return Ok(());
        }
        let due = self.due();
        let has_come = |end: &Due| {
            let mut events = due.iter().filter(|other| {
                let is_of = other.tab.is(&end.tab) && other.marker == end.marker;
                is_of && !other.is_end && end_of(&other.event) == end.event
            });
            events.any(|event| so_far(event) > 0)
        };
        let here = self.tabs_of_their_sessions();
        let endless = { due.iter() }.filter(|end| end.is_end && so_far(end) < end.count);
        let endless = endless.filter(|end| here.iter().any(|tab| tab.is(&end.tab)));
        let endless: Vec<&Due> = endless.filter(|end| has_come(end)).collect();
        let doubt = doubt.or_else(|| self.doubts.why_streams_may_break_off());
        let told = endless.iter().take(TOLD).map(|end| {
            let marker = end.marker.as_ref().map_or("it", Marker::as_str);
            format!("no {} of {marker} came to {}", end.event, end.tab.place())
        });
        let told: Vec<String> = told.collect();
        let place = { endless.first() }.map(|end| end.tab.place().clone());
        let place = place.unwrap_or_else(|| Place::nobody("the run"));
        let claim = "each stream that was begun ends as `ends` says";
        match doubt {
            Some(doubt) if !told.is_empty() => self.unseen(place, claim, doubt),
            _ => self.expected(place, claim, told.is_empty(), || told.join("; ")),
        }
    }
}
