//! A user tries to stop another user's action.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, number, user};
use super::move_trait::{Move, MoveKind};
use crate::explore::offer::Kind;
use crate::explore::state::{Number, State, first_session, first_tab};
use crate::steps::step_trait::Step;
use crate::steps::stop::Stop;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: |_| any_of((user(), number()).prop_map(|(user, number)| StopForeign { user, number })),
};

#[derive(Debug)]
struct StopForeign {
    user: usize,
    number: Number,
}

impl StopForeign {
    fn action(&self, state: &State) -> Option<Number> {
        let is_such = |owner, kind: &Kind| owner != self.user && kind.has_stop;
        state.such_an_action(self.number, is_such)
    }
}

impl Move for StopForeign {
    fn is_possible(&self, state: &State) -> bool {
        state.is_logged_in(first_session(self.user)) && self.action(state).is_some()
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let tab = state.tab(first_tab(self.user));
        let number = self.action(state).unwrap_or(self.number);
        Arc::new(Stop::refused(tab, state.action(number)))
    }

    fn situation(&self, _: &State) -> &'static str {
        "attack"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
