//! A user starts an action that runs until it is stopped.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, number, session};
use super::move_trait::{Move, MoveKind};
use super::start::started;
use crate::explore::state::{Ends, Number, SessionAt, State};
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 2,
    draw: || {
        any_of((session(), number()).prop_map(|(session, number)| StartEndless { session, number }))
    },
};

#[derive(Debug)]
struct StartEndless {
    session: SessionAt,
    number: Number,
}

impl Move for StartEndless {
    fn is_possible(&self, state: &State) -> bool {
        state.is_logged_in(self.session) && state.is_new(self.number)
    }

    fn change(&self, state: &mut State) {
        state.start(self.number, self.session.user, Ends::WhenStopped);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        Arc::new(started(state, self.session, "endless", self.number))
    }

    fn situation(&self) -> &'static str {
        "start"
    }
}
