//! A tab leaves a group in which it is.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, meeting, session};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Listening, Meeting, SessionAt, State, TabAt, acting};
use crate::steps::membership::{Membership, Verb};
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 2,
    draw: |offer| {
        (offer.has_meetings && offer.has_leave).then_some(())?;
        any_of((session(), meeting()).prop_map(|(session, meeting)| Leave { session, meeting }))
    },
};

#[derive(Debug)]
struct Leave {
    session: SessionAt,
    meeting: Meeting,
}

impl Move for Leave {
    fn is_possible(&self, state: &State) -> bool {
        let tab = acting(self.session);
        state.listening(tab) == Some(Listening::Open) && state.is_member(tab, self.meeting)
    }

    fn change(&self, state: &mut State) {
        state.leave(acting(self.session), self.meeting);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        leaves(state, acting(self.session), self.meeting)
    }

    fn situation(&self, _: &State) -> &'static str {
        "leave"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}

/// The step of a tab that leaves a group.
pub(super) fn leaves(state: &State, at: TabAt, meeting: Meeting) -> Arc<dyn Step> {
    let (tab, group) = (state.tab(at), state.meeting(meeting));
    Arc::new(Membership::of(Verb::Leave, tab, group))
}
