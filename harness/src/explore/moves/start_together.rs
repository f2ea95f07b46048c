//! Both users start an action of the same kind at once.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{action, any_of, number};
use super::move_trait::{Move, MoveKind};
use super::start::started;
use crate::explore::state::{Ends, Number, State, first_session};
use crate::steps::step_trait::Step;
use crate::steps::together::Together;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 2,
    draw: || {
        any_of((action(), number()).prop_map(|(action, number)| StartTogether { action, number }))
    },
};

/// Between the numbers of the two actions: higher than any number that is drawn.
const APART: Number = 100;

#[derive(Debug)]
struct StartTogether {
    action: &'static str,
    /// The first user's action; the second one's is [`APART`] higher.
    number: Number,
}

impl Move for StartTogether {
    fn is_possible(&self, state: &State) -> bool {
        let may_start =
            |user, number| state.is_logged_in(first_session(user)) && state.is_new(number);
        may_start(0, self.number) && may_start(1, self.number + APART)
    }

    fn change(&self, state: &mut State) {
        state.start(self.number, 0, Ends::ByItself);
        state.start(self.number + APART, 1, Ends::ByItself);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let start = |user, number| -> Arc<dyn Step> {
            Arc::new(started(state, first_session(user), self.action, number))
        };
        Arc::new(Together::of(vec![
            start(0, self.number),
            start(1, self.number + APART),
        ]))
    }

    fn situation(&self) -> &'static str {
        "start together"
    }
}
