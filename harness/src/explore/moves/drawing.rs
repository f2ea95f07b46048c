//! Draws what moves are about: users, sessions, tabs and actions.

use std::ops::Range;
use std::sync::Arc;

use proptest::prelude::*;

use super::move_trait::Move;
use crate::explore::state::{N_DEVICES, N_USERS, Number, SessionAt, TabAt};

/// Kinds of actions that owe each of their events, whatever else the user runs.
const ACTIONS: [&str; 8] = [
    "popups",
    "countdown",
    "parallel",
    "log",
    "buttons",
    "fail",
    "process",
    "bad_message",
];
/// Tabs that a session may have.
const N_TABS: usize = 3;
/// Numbers that an action may be drawn with.
const N_NUMBERS: usize = 40;

/// Any move of this kind.
pub(super) fn any_of<M: Move + 'static>(
    drawn: impl Strategy<Value = M> + 'static,
) -> BoxedStrategy<Arc<dyn Move>> {
    drawn
        .prop_map(|drawn| Arc::new(drawn) as Arc<dyn Move>)
        .boxed()
}

pub(super) const fn user() -> Range<usize> {
    0..N_USERS
}

pub(super) fn session() -> impl Strategy<Value = SessionAt> {
    let session = (user(), 0..N_DEVICES);
    session.prop_map(|(user, device)| SessionAt { user, device })
}

pub(super) fn tab() -> impl Strategy<Value = TabAt> {
    (session(), 0..N_TABS).prop_map(|(session, tab)| TabAt { session, tab })
}

/// The number of an action.
pub(super) const fn number() -> Range<Number> {
    0..N_NUMBERS
}

/// The kind of an action.
pub(super) fn action() -> impl Strategy<Value = &'static str> {
    (0..ACTIONS.len()).prop_map(|index| ACTIONS[index])
}
