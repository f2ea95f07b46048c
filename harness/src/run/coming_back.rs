//! What a tab that was cut must get when it comes back, where the target file says that it gets what it missed: all of
//! that, and nothing that it had before.

use evidence::Marker;
use probe::{Site, Tab};

use super::error::RunError;
use super::settling::TOLD;
use super::started::StartedAction;
use super::state::{OpenTab, Run};
use crate::lock::lock;

/// What came wrongly to tabs that came back, in words.
#[derive(Default)]
struct Wrong {
    /// The first such tab.
    tab: Option<Tab>,
    missing: Vec<String>,
    again: Vec<String>,
    /// Something was looked at.
    is_any: bool,
}

impl Wrong {
    /// Looks at the events of an action that was begun before this tab came back.
    fn look(&mut self, site: &Site, open: &OpenTab, action: &StartedAction) {
        let Some(marker) = &action.marker else { return };
        // Nobody knows whether what was only sent has happened.
        if action.begun.is_pending() {
            return;
        }
        let place = open.tab.place();
        let owes = action.begun.owes.iter();
        let owes = owes.filter(|owed| owed.is_resumed && !owed.is_end);
        let owes = owes.filter(|owed| site.replays(&owed.event));
        for owed in owes.filter(|owed| owed.to.covers(place)) {
            let came = |tab: &Tab| tab.came_of(&owed.event, Some(marker)) as u64;
            let before: u64 = open.before_cuts.iter().map(came).sum();
            let came = before + came(&open.tab);
            self.is_any = true;
            let says = || {
                let marker = Marker::as_str(marker);
                format!(
                    "{place} got {came} of {} `{}` of {marker}",
                    owed.count, owed.event
                )
            };
            let wrong = if came < owed.count {
                &mut self.missing
            } else if owed.is_exact && came > owed.count {
                &mut self.again
            } else {
                continue;
            };
            wrong.push(says());
            self.tab.get_or_insert_with(|| open.tab.clone());
        }
    }
}

impl Run {
    /// Whether each tab that came back has what it missed, and has it once. `doubt` is why more may come.
    pub(super) fn judge_coming_back(&self, doubt: Option<String>) -> Result<(), RunError> {
        let here = self.tabs_of_their_sessions();
        let mut wrong = Wrong::default();
        {
            let (tabs, actions) = (lock(&self.tabs), lock(&self.actions));
            // Nobody waits for what comes to a tab that has left again.
            let back = { tabs.values() }
                .filter(|open| !open.before_cuts.is_empty() && !open.tab.has_left());
            for open in back.filter(|open| here.iter().any(|tab| tab.is(&open.tab))) {
                let missed = actions.iter().take(open.returned_after);
                missed
                    .skip(open.opened_after)
                    .for_each(|action| wrong.look(&self.site, open, action));
            }
        }
        if !wrong.is_any {
            return Ok(());
        }
        let place = wrong.tab.as_ref().map_or_else(
            || evidence::Place::nobody("the run"),
            |tab| tab.place().clone(),
        );
        let told = |all: &[String]| {
            all.iter()
                .take(TOLD)
                .cloned()
                .collect::<Vec<_>>()
                .join("; ")
        };
        let claim = "a tab that comes back gets what it missed";
        match doubt.or_else(|| self.doubts.why_streams_may_break_off()) {
            Some(doubt) if !wrong.missing.is_empty() => self.unseen(place.clone(), claim, doubt)?,
            _ => self.expected(place.clone(), claim, wrong.missing.is_empty(), || {
                told(&wrong.missing)
            })?,
        }
        let claim = "a tab that comes back gets nothing again";
        self.expected(place, claim, wrong.again.is_empty(), || told(&wrong.again))
    }
}
