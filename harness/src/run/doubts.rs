//! What nobody knows of a run, because an answer or an event did not come: it keeps later steps from claiming more
//! than they saw.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use evidence::UserName;

use crate::language::names::{ActionName, BrowserName, TabName};
use crate::lock::lock;

/// The doubts of one run. No lock in it is held while another is taken.
#[derive(Default)]
pub(crate) struct Doubts {
    /// Whether a wait has ended without its event. It only shortens later waits, so no other memory is ordered by it.
    has_missed_event: AtomicBool,
    /// Whether a wait of one browser shortens no other's: a neighbour's patience is not that of who is compared. It only
    /// lengthens waits, so no other memory is ordered by it.
    each_for_itself: AtomicBool,
    /// Whether the server was restarted. No other memory is ordered by it.
    has_restarted: AtomicBool,
    /// By tab and event: how many there are in all when the last of those that a wait missed has come.
    missed_events: Mutex<HashMap<(TabName, String), usize>>,
    /// Users of whom an action may have been started, or stopped, or not: no answer came.
    unsure_users: Mutex<HashSet<UserName>>,
    /// Actions that a step would have begun and the target did not: what asks for them later asks for nothing.
    left_out: Mutex<BTreeSet<ActionName>>,
    /// Users of whom a session was ended by a logout: it may have ended their other ones.
    logged_out: Mutex<HashSet<UserName>>,
    /// Browsers whose login or logout came to nothing: nobody can tell who acts in them.
    unidentified: Mutex<HashSet<BrowserName>>,
}

impl Doubts {
    /// Whether a wait has ended without its event: any wait of the run, or where each is for itself, of this tab's browser.
    pub(crate) fn has_missed_event(&self, tab: &TabName) -> bool {
        if !self.each_for_itself.load(Ordering::Relaxed) {
            return self.has_missed_event.load(Ordering::Relaxed);
        }
        let missed = lock(&self.missed_events);
        missed.keys().any(|(at, _)| at.browser == tab.browser)
    }

    /// From here on, what one browser misses makes no other one impatient.
    pub(crate) fn be_each_for_itself(&self) {
        self.each_for_itself.store(true, Ordering::Relaxed);
    }

    /// A wait at this tab has ended before this event came; `whole` are all that there are when the last has come.
    pub(crate) fn miss(&self, tab: &TabName, event: &str, whole: usize) {
        self.has_missed_event.store(true, Ordering::Relaxed);
        lock(&self.missed_events).insert((tab.clone(), event.to_owned()), whole);
    }

    /// The events that waits at this tab have missed, each with how many there are when the last has come.
    pub(crate) fn missed_at(&self, tab: &TabName) -> Vec<(String, usize)> {
        let missed = lock(&self.missed_events);
        let here = missed.iter().filter(|((at, _), _)| at == tab);
        here.map(|((_, event), whole)| (event.clone(), *whole))
            .collect()
    }

    /// An action that did not have to begin has not begun.
    pub(crate) fn leave_out(&self, action: ActionName) {
        lock(&self.left_out).insert(action);
    }

    /// Whether that is so of this action.
    pub(crate) fn is_left_out(&self, action: &ActionName) -> bool {
        lock(&self.left_out).contains(action)
    }

    /// Nobody knows whether an action of this user was started or stopped.
    pub(crate) fn doubt_actions_of(&self, user: &UserName) {
        lock(&self.unsure_users).insert(user.clone());
    }

    pub(crate) fn doubts_actions_of(&self, user: &UserName) -> bool {
        lock(&self.unsure_users).contains(user)
    }

    /// Whether that is so of any user.
    pub(crate) fn doubts_any_action(&self) -> bool {
        !lock(&self.unsure_users).is_empty()
    }

    /// The scenario has restarted the server: what was streamed then breaks off.
    pub(crate) fn restart(&self) {
        self.has_restarted.store(true, Ordering::Relaxed);
    }

    /// Why a stream may rightly have no end.
    pub(crate) fn why_streams_may_break_off(&self) -> Option<String> {
        let why = if self.has_restarted.load(Ordering::Relaxed) {
            "the server was restarted"
        } else if self.doubts_any_action() {
            "whether an action was started or stopped is unknown"
        } else {
            return None;
        };
        Some(why.to_owned())
    }

    /// A session of this user was ended by a logout.
    pub(crate) fn log_out(&self, user: &UserName) {
        lock(&self.logged_out).insert(user.clone());
    }

    pub(crate) fn has_logged_out(&self, user: &UserName) -> bool {
        lock(&self.logged_out).contains(user)
    }

    /// Nobody knows who acts in this browser from here on.
    pub(crate) fn doubt_browser(&self, browser: &BrowserName) {
        lock(&self.unidentified).insert(browser.clone());
    }

    pub(crate) fn doubts_browser(&self, browser: &BrowserName) -> bool {
        lock(&self.unidentified).contains(browser)
    }

    /// These browsers log in again, and may succeed.
    pub(crate) fn trust_again(&self, is_it: impl Fn(&BrowserName) -> bool) {
        lock(&self.unidentified).retain(|browser| !is_it(browser));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::names::Who;

    #[test]
    fn a_neighbour_makes_nobody_impatient_where_each_is_for_itself() {
        let tab = |user: &str, tab: &str| TabName {
            browser: BrowserName {
                who: Who::User(user.into()),
                device: "desktop".to_owned(),
            },
            tab: tab.to_owned(),
        };
        let doubts = Doubts::default();
        assert!(!doubts.has_missed_event(&tab("amy", "1")));
        doubts.miss(&tab("amy", "1"), "note", 1);
        assert!(doubts.has_missed_event(&tab("bob", "1")));
        doubts.be_each_for_itself();
        assert!(!doubts.has_missed_event(&tab("bob", "1")));
        assert!(doubts.has_missed_event(&tab("amy", "2")));
    }
}
