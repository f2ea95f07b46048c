//! A stranger tries to read an action.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, number};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Number, State, stranger};
use crate::steps::read::Read;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: |offer| {
        offer.refuses_strangers.then_some(())?;
        any_of(number().prop_map(StrangerReads))
    },
};

#[derive(Debug)]
struct StrangerReads(Number);

impl Move for StrangerReads {
    fn is_possible(&self, state: &State) -> bool {
        { state.kind(self.0) }.is_some_and(|kind| kind.has_private_read)
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        Arc::new(Read::refused(stranger(), state.action(self.0)))
    }

    fn situation(&self, _: &State) -> &'static str {
        "stranger"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
