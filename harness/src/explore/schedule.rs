//! Which steps are possible when: users with adversarial names, their devices, tabs and actions.
//!
//! The model keeps only what decides whether a step makes sense, so that a schedule stays sensible when
//! steps are taken out of it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

/// Groups of names that a careless server takes for one another, or trips over. Groups have no name in
/// common: their users can be on one server.
pub(super) const NAMES: [[&str; 2]; 9] = [
    ["alice", "bob"],
    ["a", "a_b"],
    ["strasse", "straße"],
    // Written with a combining accent; the server keeps the composed form.
    ["eve", "e\u{301}ve"],
    ["ann-lee", "ann.lee"],
    ["שלום", "<b>carol"],
    ["x", LONG],
    ["..%2f..%2fpasswd", "&amp;"],
    ["O'Neil \"quoted\"", "o_neil__quoted_"],
];
/// Two hundred characters.
const LONG: &str = "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhiiiiiiiiiijjjjjjjjjjaaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhiiiiiiiiiijjjjjjjjjj";

/// Kinds of actions whose every event is owed, whatever else the user runs.
const KINDS: [&str; 8] = [
    "popups",
    "countdown",
    "parallel",
    "log",
    "buttons",
    "fail",
    "process",
    "bad_message",
];

/// How many of all schedules may restart the server. Each of them has a server of its own, and the others share one.
const RESTARTING: f64 = 0.25;

/// A name for what happened, to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Situation(pub(super) &'static str);

/// One step. Users, devices and tabs are small numbers: 0 is who, or what, is there from the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Open {
        user: usize,
        device: usize,
        tab: usize,
        polling: bool,
    },
    Close {
        user: usize,
        device: usize,
        tab: usize,
    },
    Cut {
        user: usize,
        device: usize,
        tab: usize,
    },
    Stall {
        user: usize,
        device: usize,
        tab: usize,
    },
    Resume {
        user: usize,
        device: usize,
        tab: usize,
    },
    Logout {
        user: usize,
        device: usize,
    },
    TakeOver {
        user: usize,
        by: usize,
    },
    Start {
        user: usize,
        device: usize,
        kind: usize,
        label: usize,
    },
    Endless {
        user: usize,
        device: usize,
        label: usize,
    },
    Both {
        kind: usize,
        label: usize,
    },
    LiveLogs {
        user: usize,
        device: usize,
        tab: usize,
    },
    Await {
        user: usize,
        device: usize,
        tab: usize,
        label: usize,
    },
    ForeignDelete {
        user: usize,
        label: usize,
    },
    ForeignRead {
        user: usize,
        label: usize,
    },
    StrangerRead {
        label: usize,
    },
    StrangerSocket,
    JoinAttack {
        user: usize,
        victim: usize,
    },
    OldCookie {
        user: usize,
        device: usize,
    },
    Page {
        user: usize,
        device: usize,
    },
    Restart,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Open,
    Stalled,
    Away,
}

/// An action that was started.
#[derive(Clone, Debug)]
struct Running {
    owner: usize,
    /// It runs until it is stopped.
    endless: bool,
    /// The tabs that were there before it: they get all that it makes.
    before: BTreeSet<(usize, usize, usize)>,
}

/// What is there after some steps.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    /// Which group of names.
    pub(super) group: usize,
    pub(super) names: [&'static str; 2],
    /// Whether the server may be restarted in it.
    restarts: bool,
    /// Sessions that are logged in.
    sessions: BTreeSet<(usize, usize)>,
    /// Sessions that were, and cannot be again: a new login would have another name.
    ended: BTreeSet<(usize, usize)>,
    tabs: BTreeMap<(usize, usize, usize), Tab>,
    /// Tab names that were used: numbers start anew with the server.
    used: BTreeSet<(usize, usize, usize)>,
    actions: BTreeMap<usize, Running>,
    /// Every label that was ever given.
    labels: BTreeSet<usize>,
}

impl ReferenceStateMachine for Schedule {
    type State = Self;
    type Transition = Move;

    fn init_state() -> BoxedStrategy<Self> {
        (0..NAMES.len(), prop::bool::weighted(RESTARTING))
            .prop_map(|(group, restarts)| {
                let users = 0..2;
                let at_first = |user| (user, 0, 0);
                Self {
                    group,
                    names: NAMES[group],
                    restarts,
                    sessions: users.clone().map(|user| (user, 0)).collect(),
                    ended: BTreeSet::new(),
                    tabs: users
                        .clone()
                        .map(|user| (at_first(user), Tab::Open))
                        .collect(),
                    used: users.map(at_first).collect(),
                    actions: BTreeMap::new(),
                    labels: BTreeSet::new(),
                }
            })
            .boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Move> {
        let user = || 0..2_usize;
        let device = || 0..2_usize;
        let tab = || 0..3_usize;
        let label = || 0..40_usize;
        let kind = || 0..KINDS.len();
        let at = move || (user(), device(), tab());
        prop_oneof![
            3 => (at(), any::<bool>()).prop_map(|((user, device, tab), polling)| Move::Open { user, device, tab, polling }),
            2 => at().prop_map(|(user, device, tab)| Move::Close { user, device, tab }),
            2 => at().prop_map(|(user, device, tab)| Move::Cut { user, device, tab }),
            1 => at().prop_map(|(user, device, tab)| Move::Stall { user, device, tab }),
            3 => at().prop_map(|(user, device, tab)| Move::Resume { user, device, tab }),
            1 => (user(), device()).prop_map(|(user, device)| Move::Logout { user, device }),
            1 => (user(), user()).prop_map(|(user, by)| Move::TakeOver { user, by }),
            6 => (user(), device(), kind(), label()).prop_map(|(user, device, kind, label)| Move::Start { user, device, kind, label }),
            2 => (user(), device(), label()).prop_map(|(user, device, label)| Move::Endless { user, device, label }),
            2 => (kind(), label()).prop_map(|(kind, label)| Move::Both { kind, label }),
            1 => at().prop_map(|(user, device, tab)| Move::LiveLogs { user, device, tab }),
            2 => (at(), label()).prop_map(|((user, device, tab), label)| Move::Await { user, device, tab, label }),
            1 => (user(), label()).prop_map(|(user, label)| Move::ForeignDelete { user, label }),
            1 => (user(), label()).prop_map(|(user, label)| Move::ForeignRead { user, label }),
            1 => label().prop_map(|label| Move::StrangerRead { label }),
            1 => Just(Move::StrangerSocket),
            1 => (user(), user()).prop_map(|(user, victim)| Move::JoinAttack { user, victim }),
            1 => (user(), device()).prop_map(|(user, device)| Move::OldCookie { user, device }),
            1 => (user(), device()).prop_map(|(user, device)| Move::Page { user, device }),
            1 => Just(Move::Restart),
        ]
        .boxed()
    }

    fn preconditions(state: &Self, step: &Move) -> bool {
        let is_in = |user, device| state.sessions.contains(&(user, device));
        let is_open = |user, device, tab| state.tabs.get(&(user, device, tab)) == Some(&Tab::Open);
        let new = |label| !state.labels.contains(&label);
        let foreign = |user, label| {
            state
                .actions
                .get(&label)
                .is_some_and(|action| action.owner != user)
        };
        match *step {
            Move::Open {
                user, device, tab, ..
            } => {
                let may = is_in(user, device)
                    || (state.sessions.iter().any(|(other, _)| *other == user)
                        && !state.ended.contains(&(user, device)));
                may && !state.used.contains(&(user, device, tab))
            }
            Move::Close { user, device, tab }
            | Move::Cut { user, device, tab }
            | Move::Stall { user, device, tab }
            | Move::LiveLogs { user, device, tab } => is_open(user, device, tab),
            Move::Resume { user, device, tab } => {
                is_in(user, device)
                    && matches!(
                        state.tabs.get(&(user, device, tab)),
                        Some(Tab::Stalled | Tab::Away)
                    )
            }
            Move::Logout { user, device } => is_in(user, device),
            Move::TakeOver { user, by } => {
                user != by && is_in(user, 1) && !state.ended.contains(&(by, 1)) && !is_in(by, 1)
            }
            Move::Start {
                user,
                device,
                label,
                ..
            }
            | Move::Endless {
                user,
                device,
                label,
            } => is_in(user, device) && new(label),
            Move::Both { label, .. } => {
                is_in(0, 0) && is_in(1, 0) && new(label) && new(label + 100)
            }
            Move::Await {
                user,
                device,
                tab,
                label,
            } => {
                is_open(user, device, tab)
                    && state.actions.get(&label).is_some_and(|action| {
                        action.owner == user
                            && !action.endless
                            && action.before.contains(&(user, device, tab))
                    })
            }
            Move::ForeignDelete { user, label } | Move::ForeignRead { user, label } => {
                is_in(user, 0) && foreign(user, label)
            }
            Move::StrangerRead { label } => state.actions.contains_key(&label),
            Move::JoinAttack { user, victim } => user != victim && is_open(user, 0, 0),
            // The phone may have been taken over, and is called otherwise then.
            Move::OldCookie { user, device } => {
                device == 0 && state.ended.contains(&(user, device))
            }
            Move::Page { user, device } => is_in(user, device),
            // A tab that reads nothing does not see that the server has gone.
            Move::Restart => state.restarts && state.stalled().next().is_none(),
            Move::StrangerSocket => true,
        }
    }

    fn apply(mut state: Self, step: &Move) -> Self {
        match *step {
            Move::Open {
                user, device, tab, ..
            } => {
                state.sessions.insert((user, device));
                state.tabs.insert((user, device, tab), Tab::Open);
                state.used.insert((user, device, tab));
            }
            Move::Close { user, device, tab } | Move::Cut { user, device, tab } => {
                state.tabs.insert((user, device, tab), Tab::Away);
            }
            Move::Stall { user, device, tab } => {
                state.tabs.insert((user, device, tab), Tab::Stalled);
            }
            Move::Resume { user, device, tab } => {
                state.tabs.insert((user, device, tab), Tab::Open);
            }
            Move::Logout { user, device } => state.end(user, device),
            Move::TakeOver { user, by } => {
                state.end(user, 1);
                state.sessions.insert((by, 1));
            }
            Move::Start { user, label, .. } => {
                state.starts(label, user, false);
            }
            Move::Endless { user, label, .. } => {
                state.starts(label, user, true);
            }
            Move::Both { label, .. } => {
                state.starts(label, 0, false);
                state.starts(label + 100, 1, false);
            }
            // The server numbers anew, so that no tab is the same as before; its actions are gone.
            Move::Restart => {
                state.tabs.clear();
                state.actions.clear();
            }
            Move::LiveLogs { .. }
            | Move::Await { .. }
            | Move::ForeignDelete { .. }
            | Move::ForeignRead { .. }
            | Move::StrangerRead { .. }
            | Move::StrangerSocket
            | Move::JoinAttack { .. }
            | Move::OldCookie { .. }
            | Move::Page { .. } => {}
        }
        state
    }
}

impl Schedule {
    /// The same for the users of another group of names.
    pub(super) fn with_names(self, group: usize) -> Self {
        let group = group % NAMES.len();
        Self {
            group,
            names: NAMES[group],
            ..self
        }
    }

    fn starts(&mut self, label: usize, user: usize, endless: bool) {
        let before = self.tabs.keys().copied().collect();
        let running = Running {
            owner: user,
            endless,
            before,
        };
        self.actions.insert(label, running);
        self.labels.insert(label);
    }

    fn end(&mut self, user: usize, device: usize) {
        self.sessions.remove(&(user, device));
        self.ended.insert((user, device));
        self.tabs
            .retain(|(who, at, _), _| (*who, *at) != (user, device));
    }

    /// The tabs that read nothing now.
    pub(super) fn stalled(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let stalled = self
            .tabs
            .iter()
            .filter(|(_, state)| **state == Tab::Stalled);
        stalled.map(|(tab, _)| *tab)
    }

    /// Whose action this is.
    pub(super) fn owner(&self, label: usize) -> Option<usize> {
        self.actions.get(&label).map(|action| action.owner)
    }
}

/// The kind's name.
pub(super) fn kind(kind: usize) -> &'static str {
    KINDS[kind % KINDS.len()]
}
