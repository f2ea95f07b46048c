//! A stranger tries to open a tab.

use std::sync::Arc;

use proptest::strategy::Just;

use super::drawing::any_of;
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{State, stranger};
use crate::steps::open::Open;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: |offer| {
        offer.refuses_strangers.then_some(())?;
        any_of(Just(StrangerSocket))
    },
};

#[derive(Clone, Debug)]
struct StrangerSocket;

impl Move for StrangerSocket {
    fn is_possible(&self, _: &State) -> bool {
        true
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, _: &State) -> Arc<dyn Step> {
        Arc::new(Open::at(stranger()).refused())
    }

    fn situation(&self, _: &State) -> &'static str {
        "stranger"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
