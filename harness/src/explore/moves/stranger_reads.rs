//! A stranger tries to read an action.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::api;
use super::drawing::{any_of, number};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Number, State, stranger};
use crate::steps::http::Http;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: || any_of(number().prop_map(StrangerReads)),
};

#[derive(Debug)]
struct StrangerReads(Number);

impl Move for StrangerReads {
    fn is_possible(&self, state: &State) -> bool {
        state.owner(self.0).is_some()
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        Arc::new(Http::get(stranger().browser, api::action(state, self.0)))
    }

    fn situation(&self) -> &'static str {
        "stranger"
    }
}
