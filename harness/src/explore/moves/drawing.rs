//! Draws what moves are about: users, sessions, tabs and actions.

use std::ops::Range;
use std::sync::Arc;

use proptest::prelude::*;

use super::move_trait::{Drawn, Move};
use crate::explore::offer::{Kind, Offer};
use crate::explore::state::{Meeting, N_DEVICES, Number, SessionAt, TabAt};
use crate::explore::users::MOST;

/// Tabs that a session may have.
const N_TABS: usize = 3;
/// A tab that no move draws.
pub(super) const AFTER_ALL_TABS: usize = N_TABS;
/// Numbers that an action may be drawn with.
const N_NUMBERS: usize = 20;
/// Between the numbers of actions that one move starts: higher than any number that is drawn.
pub(super) const APART: Number = 100;
/// Groups in which the users of a schedule may meet.
const N_MEETINGS: usize = 3;

/// Any move of this kind.
pub(super) fn any_of<M: Move + 'static>(
    drawn: impl Strategy<Value = M> + 'static,
) -> Option<Drawn> {
    let drawn = drawn.prop_map(|drawn| Arc::new(drawn) as Arc<dyn Move>);
    Some(drawn.boxed())
}

/// A user; there may be fewer.
pub(super) const fn user() -> Range<usize> {
    0..MOST
}

pub(super) fn session() -> impl Strategy<Value = SessionAt> {
    let session = (user(), 0..N_DEVICES);
    session.prop_map(|(user, device)| SessionAt { user, device })
}

pub(super) fn tab() -> impl Strategy<Value = TabAt> {
    (session(), 0..N_TABS).prop_map(|(session, tab)| TabAt { session, tab })
}

pub(super) const fn meeting() -> Range<Meeting> {
    0..N_MEETINGS
}

/// Which other user is meant, as far as there are several.
pub(super) const fn further() -> Range<usize> {
    0..MOST - 1
}

/// The number of an action.
pub(super) const fn number() -> Range<Number> {
    0..N_NUMBERS
}

/// A kind of short action that goes to a meeting, if there are any.
pub(super) fn kind_in_meeting(offer: &Offer) -> Option<impl Strategy<Value = Arc<Kind>> + use<>> {
    let in_meetings = { offer.short.iter() }.filter(|kind| !kind.groups.is_empty());
    let in_meetings: Vec<Arc<Kind>> = in_meetings.cloned().collect();
    kind(&in_meetings)
}

/// One of these kinds of actions, if there are any.
pub(super) fn kind(kinds: &[Arc<Kind>]) -> Option<impl Strategy<Value = Arc<Kind>> + use<>> {
    (!kinds.is_empty()).then(|| prop::sample::select(kinds.to_vec()))
}
