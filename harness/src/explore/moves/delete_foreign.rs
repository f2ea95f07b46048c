//! A user tries to delete another user's action.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::api;
use super::drawing::{any_of, number, user};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Number, State, first_session};
use crate::steps::http::Http;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: || any_of((user(), number()).prop_map(|(user, number)| DeleteForeign { user, number })),
};

#[derive(Debug)]
struct DeleteForeign {
    user: usize,
    number: Number,
}

impl Move for DeleteForeign {
    fn is_possible(&self, state: &State) -> bool {
        let is_foreign = { state.owner(self.number) }.is_some_and(|owner| owner != self.user);
        state.is_logged_in(first_session(self.user)) && is_foreign
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let browser = state.browser(first_session(self.user));
        Arc::new(Http::delete(browser, api::action(state, self.number)))
    }

    fn situation(&self) -> &'static str {
        "attack"
    }
}
