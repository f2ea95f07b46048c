//! The end of what is counted: it waits for events that are missing, and judges each count when the run has settled.
//!
//! Too few accuse only a target that had time for them: it answered, the harness was not late, and every step was taken.
//! More than there must be are too many, however the run ended.

use std::cmp::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::counts::Count;
use super::error::RunError;
use super::silence::{closed_by_server, has_slept};
use super::state::Run;
use crate::language::names::{BrowserName, Who};
use crate::lock::lock;

/// How often to look for something new.
const LOOK: Duration = Duration::from_millis(100);

impl Run {
    /// Waits until nothing is missing, or until it is lost: nothing new has come for a whole patience, while the target
    /// answered and the harness was not late. If this is still undecided after `most`, gives the reason.
    pub(super) async fn settle_counts(&self, most: Duration) -> Option<String> {
        let began = Instant::now();
        let (mut known, mut since) = (None, began);
        while let Some((missing, tab)) = self.counts.missing() {
            // Where a step was not taken, nothing that is missing accuses anybody.
            if self.untaken().is_some() {
                break;
            }
            if known.replace(missing) != Some(missing) {
                since = Instant::now();
            }
            self.watch.ask(async || self.due()).await;
            let patience = self.watch.patience();
            if since.elapsed() >= patience && self.watch.is_calm_for(patience) {
                break;
            }
            if began.elapsed() >= most {
                let trouble = self.watch.trouble(began);
                return Some(trouble.unwrap_or_else(|| "events were still arriving".to_owned()));
            }
            tab.wait_for_change(LOOK).await;
        }
        None
    }

    /// Writes down of each count whether it came true. `doubt` is why more may come.
    pub(super) fn judge_counts(&self, doubt: Option<&str>) -> Result<(), RunError> {
        let counts = self.counts.take();
        { counts.iter() }.try_for_each(|count| self.judge_count(count, doubt))
    }

    fn judge_count(&self, count: &Count, doubt: Option<&str>) -> Result<(), RunError> {
        let (came, claim) = (count.came(), &count.claim);
        let place = self.place_at(&count.name);
        let unknown = match came.cmp(&count.is) {
            Ordering::Less => self.why_too_few(count, doubt),
            Ordering::Equal => self.why_no_end(count, doubt),
            Ordering::Greater => self.why_too_many(&count.name.browser),
        };
        let closed = count.tab().map(closed_by_server).unwrap_or_default();
        let found = format!("{came} came{closed}");
        match unknown {
            Some(why) => self.unseen(place, claim, format!("{found}: {why}")),
            None => self.expected(place, claim, came == count.is, || found),
        }
    }

    /// Why it says nothing that too few came.
    fn why_too_few(&self, count: &Count, doubt: Option<&str>) -> Option<String> {
        if let Some(line) = self.untaken() {
            return Some(format!("the step in line {line} was not taken"));
        }
        if self.doubts.doubts_any_action() {
            return Some("whether an action was started or stopped is unknown".to_owned());
        }
        let tab = count.tab()?;
        if !tab.is_of(&self.browser(&count.name.browser).place()) {
            return Some("then its session ended".to_owned());
        }
        match (tab.has_left(), tab.closed_by_server()) {
            (true, None) => Some("then the scenario ended the connection".to_owned()),
            (true, Some(_)) if has_slept(&self.watch) => {
                Some("the harness itself had slept".to_owned())
            }
            (true, Some(_)) => None,
            (false, _) => doubt.map(str::to_owned),
        }
    }

    /// Why it says nothing that as many came as must.
    fn why_no_end(&self, count: &Count, doubt: Option<&str>) -> Option<String> {
        let tab = count.tab()?;
        if !tab.has_left() {
            return doubt.map(|doubt| format!("and more may come: {doubt}"));
        }
        // A tab that hears nothing proves no silence; that its session has ended is why one should.
        let session = self.browser(&count.name.browser).place();
        let is_deaf = count.is == 0 && tab.is_of(&session);
        is_deaf.then(|| "the tab is closed".to_owned())
    }

    /// Why it says nothing that too many came: an action that may have been stopped may go on.
    fn why_too_many(&self, browser: &BrowserName) -> Option<String> {
        let Who::User(user) = &browser.who else {
            return None;
        };
        let is_unknown = self.doubts.doubts_actions_of(user);
        is_unknown.then(|| "whether an action was started or stopped is unknown".to_owned())
    }

    /// The line of a step that could not be taken.
    fn untaken(&self) -> Option<u64> {
        lock(&self.first_failed)
            .as_ref()
            .map(|stopped| stopped.line)
    }
}
