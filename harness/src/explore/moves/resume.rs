//! A tab that was stalled reads again, or one that was away opens again.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, tab};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Listening, State, TabAt};
use crate::steps::resume::resume;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 3,
    draw: |_| any_of(tab().prop_map(ResumeTab)),
};

#[derive(Debug)]
struct ResumeTab(TabAt);

impl Move for ResumeTab {
    fn is_possible(&self, state: &State) -> bool {
        let listening = state.listening(self.0);
        let is_deaf = matches!(listening, Some(Listening::Stalled | Listening::Away));
        state.is_logged_in(self.0.session) && is_deaf
    }

    fn change(&self, state: &mut State) {
        state.set(self.0, Listening::Open);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        resume(state.tab(self.0))
    }

    fn situation(&self, _: &State) -> &'static str {
        "resume"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
