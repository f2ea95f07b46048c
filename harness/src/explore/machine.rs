//! The state machine that proptest draws schedules with: how one begins, and which move may come next.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::Union;
use proptest_state_machine::ReferenceStateMachine;

use super::moves::MOVES;
use super::moves::move_trait::Move;
use super::names::GROUPS;
use super::state::State;

/// How many of all schedules may restart the server. Each of them has a server of its own, and the others share one.
const RESTARTING: f64 = 0.25;

/// The machine. What it knows is in [`State`].
pub(super) struct Machine;

impl ReferenceStateMachine for Machine {
    type State = State;
    type Transition = Arc<dyn Move>;

    fn init_state() -> BoxedStrategy<State> {
        (0..GROUPS, prop::bool::weighted(RESTARTING))
            .prop_map(|(group, restarts)| State::new(group, restarts))
            .boxed()
    }

    fn transitions(_: &State) -> BoxedStrategy<Arc<dyn Move>> {
        let kinds = MOVES.iter().map(|kind| (kind.weight, (kind.draw)()));
        Union::new_weighted(kinds.collect()).boxed()
    }

    fn preconditions(state: &State, step: &Arc<dyn Move>) -> bool {
        step.is_possible(state)
    }

    fn apply(mut state: State, step: &Arc<dyn Move>) -> State {
        step.change(&mut state);
        state
    }
}
