//! The state machine that proptest draws schedules with: how one begins, and which move may come next.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::Union;
use proptest_state_machine::strategy::Sequential;

use super::moves::MOVES;
use super::moves::move_trait::{Drawn, Move};
use super::names::GROUPS;
use super::offer::Offer;
use super::state::State;

/// Moves that a schedule may have.
const LONGEST: usize = 24;
/// How many of all schedules may restart the server. Each of them has a server of its own, and the others share one.
const RESTARTING: f64 = 0.25;

/// Schedules of a target that offers this: each with its first state. [`State`] is all that the machine knows.
pub(super) fn schedules(
    offer: &Arc<Offer>,
) -> impl Strategy<Value = (State, Vec<Arc<dyn Move>>)> + use<> {
    let offer = Arc::clone(offer);
    let drawn = Sequential::new(
        (2..=LONGEST).into(),
        first_state,
        |state: &State, step: &Arc<dyn Move>| step.is_possible(state),
        move |_: &State| any_move(&offer),
        |mut state: State, step: &Arc<dyn Move>| {
            step.change(&mut state);
            state
        },
    );
    drawn.prop_map(|(start, moves, _)| (start, moves))
}

fn first_state() -> BoxedStrategy<State> {
    (0..GROUPS, prop::bool::weighted(RESTARTING))
        .prop_map(|(group, restarts)| State::new(group, restarts))
        .boxed()
}

fn any_move(offer: &Offer) -> Drawn {
    let kinds = MOVES
        .iter()
        .filter_map(|kind| Some((kind.weight, (kind.draw)(offer)?)));
    Union::new_weighted(kinds.collect()).boxed()
}
