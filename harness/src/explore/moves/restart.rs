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
    draw: |_| any_of(Just(RestartServer)),
};

#[derive(Clone, Debug)]
struct RestartServer;

impl Move for RestartServer {
    fn is_possible(&self, state: &State) -> bool {
        state.may_restart()
    }

    fn change(&self, state: &mut State) {
        state.restart();
    }

    fn step(&self, _: &State) -> Arc<dyn Step> {
        Arc::new(Restart)
    }

    fn situation(&self) -> &'static str {
        "restart"
    }
}
