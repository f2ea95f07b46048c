//! A tab waits for everything that an action of its user owes it.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, number, tab};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Listening, Number, State, TabAt};
use crate::steps::awaiting::everything::AwaitAll;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 2,
    draw: |_| any_of((tab(), number()).prop_map(|(at, number)| AwaitEverything { at, number })),
};

#[derive(Debug)]
struct AwaitEverything {
    at: TabAt,
    number: Number,
}

impl Move for AwaitEverything {
    fn is_possible(&self, state: &State) -> bool {
        let is_open = state.listening(self.at) == Some(Listening::Open);
        is_open && state.is_due(self.at, self.number)
    }

    fn change(&self, state: &mut State) {
        state.is_over(self.number);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let (tab, action) = (state.tab(self.at), state.action(self.number));
        Arc::new(AwaitAll::of(tab, action))
    }

    fn situation(&self, _: &State) -> &'static str {
        "await"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
