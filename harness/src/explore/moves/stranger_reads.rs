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

impl StrangerReads {
    fn action(&self, state: &State) -> Option<Number> {
        state.such_an_action(self.0, |_, kind| kind.has_private_read)
    }
}

impl Move for StrangerReads {
    fn is_possible(&self, state: &State) -> bool {
        self.action(state).is_some()
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let number = self.action(state).unwrap_or(self.0);
        Arc::new(Read::refused(stranger(), state.action(number)))
    }

    fn situation(&self, _: &State) -> &'static str {
        "stranger"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
