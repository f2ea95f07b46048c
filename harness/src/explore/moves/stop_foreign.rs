//! A user tries to stop another user's action.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, number, user};
use super::move_trait::{Move, MoveKind};
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

impl Move for StopForeign {
    fn is_possible(&self, state: &State) -> bool {
        let has_stop = { state.kind(self.number) }.is_some_and(|kind| kind.has_stop);
        let is_foreign = state.is_foreign(self.number, self.user);
        state.is_logged_in(first_session(self.user)) && is_foreign && has_stop
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let tab = state.tab(first_tab(self.user));
        Arc::new(Stop::refused(tab, state.action(self.number)))
    }

    fn situation(&self, _: &State) -> &'static str {
        "attack"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
