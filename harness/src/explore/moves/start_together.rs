//! Both users start an action of the same kind at once.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, kind, number};
use super::move_trait::{Move, MoveKind};
use super::start::started;
use crate::explore::offer::Kind;
use crate::explore::state::{Ends, Number, State, first_session};
use crate::steps::step_trait::Step;
use crate::steps::together::Together;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 2,
    draw: |offer| {
        let drawn = (kind(&offer.short)?, number());
        any_of(drawn.prop_map(|(kind, number)| StartTogether { kind, number }))
    },
};

/// Between the numbers of the two actions: higher than any number that is drawn.
const APART: Number = 100;

#[derive(Debug)]
struct StartTogether {
    kind: Arc<Kind>,
    /// The first user's action; the second one's is [`APART`] higher.
    number: Number,
}

impl Move for StartTogether {
    fn is_possible(&self, state: &State) -> bool {
        let may_start = |user, number| state.may_start(first_session(user), number, &self.kind);
        may_start(0, self.number) && may_start(1, self.number + APART)
    }

    fn change(&self, state: &mut State) {
        state.start(self.number, first_session(0), &self.kind, Ends::ByItself);
        let number = self.number + APART;
        state.start(number, first_session(1), &self.kind, Ends::ByItself);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let start = |user, number| -> Arc<dyn Step> {
            Arc::new(started(state, first_session(user), &self.kind, number))
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
