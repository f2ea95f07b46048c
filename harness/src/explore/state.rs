//! What is there after some steps of a schedule: users with adversarial names, their sessions, tabs and actions.
//!
//! It keeps only what decides whether a step is possible, so that a schedule stays possible when steps are taken
//! out of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use evidence::UserName;

use super::names::{GROUPS, NAMES};
use super::offer::{DueAt, Kind};
use crate::language::names::{ActionName, BrowserName, TabName, Who};

/// What the devices of a user are called.
const DEVICES: [&str; N_DEVICES] = ["desktop", "phone"];
/// Users of a schedule.
pub(super) const N_USERS: usize = 2;
/// Devices of a user. Each user is logged in on the first from the start.
pub(super) const N_DEVICES: usize = 2;

/// A session: its user, and the user's device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SessionAt {
    pub(super) user: usize,
    pub(super) device: usize,
}

/// A tab: its session, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TabAt {
    pub(super) session: SessionAt,
    pub(super) tab: usize,
}

/// An action, by its number in the schedule.
pub(super) type Number = usize;

/// Whether a tab reads what comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listening {
    Open,
    Stalled,
    Away,
}

/// How an action ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    ByItself,
    WhenStopped,
}

/// An action that was started.
#[derive(Clone, Debug)]
struct RunningAction {
    by: SessionAt,
    kind: Arc<Kind>,
    ends: Ends,
    /// A tab has waited for all that it makes.
    is_over: bool,
    /// The tabs that were there before it: they get everything that it makes.
    before: BTreeSet<TabAt>,
}

/// What is there after some steps.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// Which group of names.
    pub(super) group: usize,
    pub(super) names: [&'static str; N_USERS],
    /// Whether the schedule may restart the server.
    restarts: bool,
    /// Sessions that are logged in.
    sessions: BTreeSet<SessionAt>,
    /// Sessions that are over. They cannot be logged in again: a new login would have another name.
    ended: BTreeSet<SessionAt>,
    tabs: BTreeMap<TabAt, Listening>,
    /// Tab names that were used: the server's numbers start again at each opening.
    used: BTreeSet<TabAt>,
    actions: BTreeMap<Number, RunningAction>,
    /// Every number that was ever given to an action.
    numbers: BTreeSet<Number>,
}

/// The session that a user has from the start.
pub(super) const fn first_session(user: usize) -> SessionAt {
    SessionAt { user, device: 0 }
}

/// The tab that a user has from the start.
pub(super) const fn first_tab(user: usize) -> TabAt {
    acting(first_session(user))
}

/// The tab of a session that starts its actions.
pub(super) const fn acting(session: SessionAt) -> TabAt {
    TabAt { session, tab: 0 }
}

/// Somebody who is not logged in, with a tab that may try to open.
pub(super) fn stranger() -> TabName {
    let browser = BrowserName {
        who: Who::Stranger,
        device: DEVICES[0].to_owned(),
    };
    tab_of(browser, 0)
}

/// The first tab of each user.
pub(super) fn everyone() -> TabName {
    let browser = BrowserName {
        who: Who::Everyone,
        device: DEVICES[0].to_owned(),
    };
    tab_of(browser, 0)
}

fn tab_of(browser: BrowserName, tab: usize) -> TabName {
    let tab = (tab + 1).to_string();
    TabName { browser, tab }
}

impl State {
    /// How a schedule begins: each user is logged in, and has one tab.
    pub(super) fn new(group: usize, restarts: bool) -> Self {
        let tabs = (0..N_USERS).map(first_tab);
        Self {
            group,
            names: NAMES[group],
            restarts,
            sessions: (0..N_USERS).map(first_session).collect(),
            ended: BTreeSet::new(),
            tabs: tabs.clone().map(|at| (at, Listening::Open)).collect(),
            used: tabs.collect(),
            actions: BTreeMap::new(),
            numbers: BTreeSet::new(),
        }
    }

    /// The same for the users of another group of names.
    pub(super) fn with_names(self, group: usize) -> Self {
        let group = group % GROUPS;
        Self {
            group,
            names: NAMES[group],
            ..self
        }
    }

    pub(super) fn browser(&self, session: SessionAt) -> BrowserName {
        BrowserName {
            who: Who::User(UserName::from(self.names[session.user])),
            device: DEVICES[session.device].to_owned(),
        }
    }

    pub(super) fn tab(&self, at: TabAt) -> TabName {
        tab_of(self.browser(at.session), at.tab)
    }

    /// An action that was started.
    pub(super) fn action(&self, number: Number) -> ActionName {
        ActionName {
            user: UserName::from(self.names[self.owner(number).unwrap_or_default()]),
            label: label(number),
        }
    }

    /// Whose action this is.
    pub(super) fn owner(&self, number: Number) -> Option<usize> {
        self.actions.get(&number).map(|action| action.by.user)
    }

    /// What it is.
    pub(super) fn kind(&self, number: Number) -> Option<&Kind> {
        self.actions.get(&number).map(|action| &*action.kind)
    }

    /// Whether this action is another user's.
    pub(super) fn is_foreign(&self, number: Number, user: usize) -> bool {
        self.owner(number).is_some_and(|owner| owner != user)
    }

    /// Whether a user may start an action of this kind now.
    pub(super) fn may_start(&self, session: SessionAt, number: Number, kind: &Kind) -> bool {
        let mut running = self.actions.values();
        let is_crowded = running.any(|other| {
            other.by.user == session.user && other.kind.name == kind.name && !other.is_over
        });
        let is_new = !self.numbers.contains(&number);
        self.is_logged_in(session) && is_new && !(kind.is_crowd && is_crowded)
    }

    pub(super) fn is_logged_in(&self, session: SessionAt) -> bool {
        self.sessions.contains(&session)
    }

    /// Whether there was a session, and is none now.
    pub(super) fn has_ended(&self, session: SessionAt) -> bool {
        self.ended.contains(&session)
    }

    /// Whether a tab is there, and how.
    pub(super) fn listening(&self, at: TabAt) -> Option<Listening> {
        self.tabs.get(&at).copied()
    }

    /// The tabs that read nothing now.
    pub(super) fn stalled(&self) -> impl Iterator<Item = TabAt> + '_ {
        let tabs = self.tabs.iter();
        let stalled = tabs.filter(|(_, listening)| **listening == Listening::Stalled);
        stalled.map(|(at, _)| *at)
    }

    /// Whether a tab can open there: in a session, or in a new one of a user who has another.
    pub(super) fn may_open(&self, at: TabAt) -> bool {
        let mut sessions = self.sessions.iter();
        let has_another = sessions.any(|session| session.user == at.session.user);
        let may_have_a_session =
            self.is_logged_in(at.session) || (has_another && !self.has_ended(at.session));
        may_have_a_session && !self.used.contains(&at)
    }

    /// Whether this tab gets everything that the action makes, up to its last event.
    pub(super) fn is_due(&self, at: TabAt, number: Number) -> bool {
        self.actions.get(&number).is_some_and(|action| {
            let is_meant = action.kind.due.is_some_and(|due| match due {
                DueAt::Tab => at == acting(action.by),
                DueAt::Session => at.session == action.by,
                DueAt::User => at.session.user == action.by.user,
            });
            is_meant && action.ends == Ends::ByItself && action.before.contains(&at)
        })
    }

    /// Whether the server may be restarted. A tab that reads nothing does not see that the server has gone.
    pub(super) fn may_restart(&self) -> bool {
        self.restarts && self.stalled().next().is_none()
    }

    pub(super) fn log_in(&mut self, session: SessionAt) {
        self.sessions.insert(session);
    }

    /// The session is over, and its tabs with it.
    pub(super) fn end(&mut self, session: SessionAt) {
        self.sessions.remove(&session);
        self.ended.insert(session);
        self.tabs.retain(|at, _| at.session != session);
    }

    pub(super) fn open(&mut self, at: TabAt) {
        self.sessions.insert(at.session);
        self.set(at, Listening::Open);
        self.used.insert(at);
    }

    pub(super) fn set(&mut self, at: TabAt, listening: Listening) {
        self.tabs.insert(at, listening);
    }

    pub(super) fn start(&mut self, number: Number, by: SessionAt, kind: &Arc<Kind>, ends: Ends) {
        let before = self.tabs.keys().copied().collect();
        let action = RunningAction {
            by,
            kind: Arc::clone(kind),
            ends,
            is_over: false,
            before,
        };
        self.actions.insert(number, action);
        self.numbers.insert(number);
    }

    /// A tab has waited for everything that the action makes.
    pub(super) fn is_over(&mut self, number: Number) {
        if let Some(action) = self.actions.get_mut(&number) {
            action.is_over = true;
        }
    }

    /// The server numbers anew, so that no tab is the same as before; its actions have ended.
    pub(super) fn restart(&mut self) {
        self.tabs.clear();
        self.actions.clear();
    }
}

/// What an action is called in the scenario.
pub(super) fn label(number: Number) -> String {
    format!("s{number}")
}
