//! Which steps are possible when: users with adversarial names, their devices, tabs and actions.
//!
//! The model keeps only what decides whether a step makes sense, so that a schedule stays sensible when
//! steps are taken out of it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

use super::moves::{BOTH, Move, N_KINDS, Number, SessionAt, TabAt};
use super::names::{GROUPS, NAMES};

/// How many of all schedules may restart the server. Each of them has a server of its own, and the others share one.
const RESTARTING: f64 = 0.25;

/// Whether a tab reads what comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listening {
    Open,
    Stalled,
    Away,
}

/// An action that was started.
#[derive(Clone, Debug)]
struct RunningAction {
    owner: usize,
    /// It runs until it is stopped.
    endless: bool,
    /// The tabs that were there before it: they get all that it makes.
    before: BTreeSet<TabAt>,
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
    sessions: BTreeSet<SessionAt>,
    /// Sessions that were, and cannot be again: a new login would have another name.
    ended: BTreeSet<SessionAt>,
    tabs: BTreeMap<TabAt, Listening>,
    /// Tab names that were used: numbers start anew with the server.
    used: BTreeSet<TabAt>,
    actions: BTreeMap<Number, RunningAction>,
    /// Every number that was ever given to an action.
    numbers: BTreeSet<Number>,
}

impl ReferenceStateMachine for Schedule {
    type State = Self;
    type Transition = Move;

    fn init_state() -> BoxedStrategy<Self> {
        (0..GROUPS, prop::bool::weighted(RESTARTING))
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
                        .map(|user| (at_first(user), Listening::Open))
                        .collect(),
                    used: users.map(at_first).collect(),
                    actions: BTreeMap::new(),
                    numbers: BTreeSet::new(),
                }
            })
            .boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Move> {
        let user = || 0..2_usize;
        let device = || 0..2_usize;
        let tab = || 0..3_usize;
        let number = || 0..40_usize;
        let kind = || 0..N_KINDS;
        let at = move || (user(), device(), tab());
        let session = move || (user(), device());
        prop_oneof![
            3 => (at(), any::<bool>()).prop_map(|(at, polling)| Move::Open { at, polling }),
            2 => at().prop_map(Move::Close),
            2 => at().prop_map(Move::Cut),
            1 => at().prop_map(Move::Stall),
            3 => at().prop_map(Move::Resume),
            1 => session().prop_map(Move::Logout),
            1 => (user(), user()).prop_map(|(user, by)| Move::TakeOver { user, by }),
            6 => (user(), device(), kind(), number()).prop_map(|(user, device, kind, number)| Move::Start((user, device), kind, number)),
            2 => (user(), device(), number()).prop_map(|(user, device, number)| Move::Endless((user, device), number)),
            2 => (kind(), number()).prop_map(|(kind, number)| Move::Both(kind, number)),
            1 => at().prop_map(Move::LiveLogs),
            2 => (at(), number()).prop_map(|(at, number)| Move::Await(at, number)),
            1 => (user(), number()).prop_map(|(user, number)| Move::ForeignDelete(user, number)),
            1 => (user(), number()).prop_map(|(user, number)| Move::ForeignRead(user, number)),
            1 => number().prop_map(Move::StrangerRead),
            1 => Just(Move::StrangerSocket),
            1 => (user(), user()).prop_map(|(user, victim)| Move::JoinAttack { user, victim }),
            1 => session().prop_map(Move::OldCookie),
            1 => session().prop_map(Move::Page),
            1 => Just(Move::Restart),
        ]
        .boxed()
    }

    fn preconditions(state: &Self, step: &Move) -> bool {
        let is_in = |session| state.sessions.contains(&session);
        let is_open = |at| state.tabs.get(&at) == Some(&Listening::Open);
        let is_new = |number| !state.numbers.contains(&number);
        let is_foreign = |user, number| {
            let action = state.actions.get(&number);
            action.is_some_and(|action| action.owner != user)
        };
        match *step {
            Move::Open { at, .. } => state.may_have_a_session(at) && !state.used.contains(&at),
            Move::Close(at) | Move::Cut(at) | Move::Stall(at) | Move::LiveLogs(at) => is_open(at),
            Move::Resume(at) => {
                let is_away = matches!(
                    state.tabs.get(&at),
                    Some(Listening::Stalled | Listening::Away)
                );
                is_in((at.0, at.1)) && is_away
            }
            Move::Logout(session) | Move::Page(session) => is_in(session),
            Move::TakeOver { user, by } => {
                let is_free = !state.ended.contains(&(by, 1)) && !is_in((by, 1));
                user != by && is_in((user, 1)) && is_free
            }
            Move::Start(session, _, number) | Move::Endless(session, number) => {
                is_in(session) && is_new(number)
            }
            Move::Both(_, number) => {
                is_in((0, 0)) && is_in((1, 0)) && is_new(number) && is_new(number + BOTH)
            }
            Move::Await(at, number) => {
                let action = state.actions.get(&number);
                is_open(at) && action.is_some_and(|action| action.comes_to(at))
            }
            Move::ForeignDelete(user, number) | Move::ForeignRead(user, number) => {
                is_in((user, 0)) && is_foreign(user, number)
            }
            Move::StrangerRead(number) => state.actions.contains_key(&number),
            Move::JoinAttack { user, victim } => user != victim && is_open((user, 0, 0)),
            // The phone may have been taken over, and is called otherwise then.
            Move::OldCookie(session) => session.1 == 0 && state.ended.contains(&session),
            // A tab that reads nothing does not see that the server has gone.
            Move::Restart => state.restarts && state.stalled().next().is_none(),
            Move::StrangerSocket => true,
        }
    }

    fn apply(mut state: Self, step: &Move) -> Self {
        match *step {
            Move::Open { at, .. } => {
                state.sessions.insert((at.0, at.1));
                state.tabs.insert(at, Listening::Open);
                state.used.insert(at);
            }
            Move::Close(at) | Move::Cut(at) => _ = state.tabs.insert(at, Listening::Away),
            Move::Stall(at) => _ = state.tabs.insert(at, Listening::Stalled),
            Move::Resume(at) => _ = state.tabs.insert(at, Listening::Open),
            Move::Logout(session) => state.end(session),
            Move::TakeOver { user, by } => {
                state.end((user, 1));
                state.sessions.insert((by, 1));
            }
            Move::Start((user, _), _, number) => state.starts(number, user, false),
            Move::Endless((user, _), number) => state.starts(number, user, true),
            Move::Both(_, number) => {
                state.starts(number, 0, false);
                state.starts(number + BOTH, 1, false);
            }
            // The server numbers anew, so that no tab is the same as before; its actions have ended.
            Move::Restart => {
                state.tabs.clear();
                state.actions.clear();
            }
            Move::LiveLogs(_)
            | Move::Await(..)
            | Move::ForeignDelete(..)
            | Move::ForeignRead(..)
            | Move::StrangerRead(_)
            | Move::StrangerSocket
            | Move::JoinAttack { .. }
            | Move::OldCookie(_)
            | Move::Page(_) => {}
        }
        state
    }
}

impl RunningAction {
    /// Whether this tab gets all that the action makes, and there is an end of it.
    fn comes_to(&self, at: TabAt) -> bool {
        self.owner == at.0 && !self.endless && self.before.contains(&at)
    }
}

impl Schedule {
    /// The same for the users of another group of names.
    pub(super) fn with_names(self, group: usize) -> Self {
        let group = group % GROUPS;
        Self {
            group,
            names: NAMES[group],
            ..self
        }
    }

    /// Whether a tab can open there: in a session, or in a new one of a user who has another.
    fn may_have_a_session(&self, (user, device, _): TabAt) -> bool {
        let has_another = self.sessions.iter().any(|(other, _)| *other == user);
        self.sessions.contains(&(user, device))
            || (has_another && !self.ended.contains(&(user, device)))
    }

    fn starts(&mut self, number: Number, owner: usize, endless: bool) {
        let before = self.tabs.keys().copied().collect();
        let action = RunningAction {
            owner,
            endless,
            before,
        };
        self.actions.insert(number, action);
        self.numbers.insert(number);
    }

    fn end(&mut self, session: SessionAt) {
        self.sessions.remove(&session);
        self.ended.insert(session);
        self.tabs
            .retain(|(user, device, _), _| (*user, *device) != session);
    }

    /// The tabs that read nothing now.
    pub(super) fn stalled(&self) -> impl Iterator<Item = TabAt> + '_ {
        let stalled = self
            .tabs
            .iter()
            .filter(|(_, state)| **state == Listening::Stalled);
        stalled.map(|(at, _)| *at)
    }

    /// Whose action this is.
    pub(super) fn owner(&self, number: Number) -> Option<usize> {
        self.actions.get(&number).map(|action| action.owner)
    }
}
