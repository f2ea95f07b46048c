//! A tab goes to a group in which users meet: it makes the group, or joins it.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, meeting, session};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Meeting, SessionAt, State, acting};
use crate::steps::membership::{Membership, Verb};
use crate::steps::repeat::Repeat;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 5,
    draw: |offer| {
        offer.has_meetings.then_some(())?;
        any_of((session(), meeting()).prop_map(|(session, meeting)| Meet { session, meeting }))
    },
};

#[derive(Debug)]
pub(super) struct Meet {
    pub(super) session: SessionAt,
    pub(super) meeting: Meeting,
}

impl Move for Meet {
    fn is_possible(&self, state: &State) -> bool {
        state.may_meet(acting(self.session), self.meeting)
    }

    fn change(&self, state: &mut State) {
        state.meet(acting(self.session), self.meeting);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let step = |verb| -> Arc<dyn Step> {
            let tab = state.tab(acting(self.session));
            Arc::new(Membership::of(verb, tab, state.meeting(self.meeting)))
        };
        match state.is_made(self.meeting) {
            true => step(Verb::Join),
            false => Arc::new(Repeat::once(vec![step(Verb::Create), step(Verb::Join)])),
        }
    }

    fn situation(&self, state: &State) -> &'static str {
        match state.is_made(self.meeting) {
            true => "join",
            false => "create",
        }
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
