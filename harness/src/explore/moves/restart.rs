//! The server ends and starts again.

use std::sync::Arc;

use proptest::strategy::Just;

use super::drawing::any_of;
use super::move_trait::{Move, MoveKind};
use crate::explore::state::State;
use crate::steps::restart::Restart;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: |offer| {
        offer.restarts.then_some(())?;
        any_of(Just(RestartServer {
            is_kept: offer.keeps_missed,
        }))
    },
};

#[derive(Clone, Debug)]
struct RestartServer {
    /// The target keeps what is not yet there.
    is_kept: bool,
}

impl Move for RestartServer {
    fn is_possible(&self, state: &State) -> bool {
        state.may_restart(self.is_kept)
    }

    fn change(&self, state: &mut State) {
        state.restart();
    }

    fn step(&self, _: &State) -> Arc<dyn Step> {
        Arc::new(Restart)
    }

    fn situation(&self, _: &State) -> &'static str {
        "restart"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
