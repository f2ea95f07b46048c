//! A user asks by another user's ids in the place of their own.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, further, user};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Listening, State, first_tab};
use crate::steps::every_foreign_id::EveryForeignId;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 4,
    draw: |offer| {
        offer.has_second_place.then_some(())?;
        offer.has_ids.then_some(())?;
        any_of((user(), further()).prop_map(|(user, further)| ForeignIds { user, further }))
    },
};

#[derive(Debug)]
struct ForeignIds {
    user: usize,
    /// Which other user's.
    further: usize,
}

impl Move for ForeignIds {
    fn is_possible(&self, state: &State) -> bool {
        let is_there = |user| state.listening(first_tab(user)) == Some(Listening::Open);
        state.has_user(self.user)
            && is_there(self.user)
            && is_there(state.another(self.user, self.further))
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let of = state.another(self.user, self.further);
        let (tab, of) = (state.tab(first_tab(self.user)), state.tab(first_tab(of)));
        Arc::new(EveryForeignId::as_far_as_possible(tab, of))
    }

    fn situation(&self, _: &State) -> &'static str {
        "foreign ids"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
