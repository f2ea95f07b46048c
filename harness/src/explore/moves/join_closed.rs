//! A user asks to join a group that is closed to them.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, user};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Listening, State, first_tab};
use crate::steps::membership::Membership;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 2,
    draw: |offer| {
        offer.has_closed_groups.then_some(())?;
        any_of(user().prop_map(JoinClosed))
    },
};

#[derive(Debug)]
struct JoinClosed(usize);

impl Move for JoinClosed {
    fn is_possible(&self, state: &State) -> bool {
        state.listening(first_tab(self.0)) == Some(Listening::Open)
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        Arc::new(Membership::closed(state.tab(first_tab(self.0))))
    }

    fn situation(&self, _: &State) -> &'static str {
        "forbidden"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
