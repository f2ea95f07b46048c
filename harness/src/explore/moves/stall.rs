//! A tab stops reading.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, tab};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Listening, State, TabAt};
use crate::steps::stall::stall;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: |offer| {
        offer.has_sockets.then_some(())?;
        any_of(tab().prop_map(StallTab))
    },
};

#[derive(Debug)]
struct StallTab(TabAt);

impl Move for StallTab {
    fn is_possible(&self, state: &State) -> bool {
        state.listening(self.0) == Some(Listening::Open)
    }

    fn change(&self, state: &mut State) {
        state.set(self.0, Listening::Stalled);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        stall(state.tab(self.0))
    }

    fn situation(&self, _: &State) -> &'static str {
        "stall"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
