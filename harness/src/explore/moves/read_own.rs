//! A user asks what an action of theirs shows.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, number, user};
use super::move_trait::{Move, MoveKind};
use crate::explore::offer::Kind;
use crate::explore::state::{Listening, Number, State, first_session, first_tab};
use crate::steps::read::Read;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 2,
    draw: |offer| {
        offer.short.iter().any(|kind| kind.has_read).then_some(())?;
        any_of((user(), number()).prop_map(|(user, number)| ReadOwn { user, number }))
    },
};

#[derive(Debug)]
struct ReadOwn {
    user: usize,
    number: Number,
}

impl ReadOwn {
    fn action(&self, state: &State) -> Option<Number> {
        let is_such = |owner, kind: &Kind| owner == self.user && kind.has_read;
        state.such_an_action(self.number, is_such)
    }
}

impl Move for ReadOwn {
    fn is_possible(&self, state: &State) -> bool {
        let is_open = state.listening(first_tab(self.user)) == Some(Listening::Open);
        let is_in = state.is_logged_in(first_session(self.user));
        is_in && is_open && self.action(state).is_some()
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let tab = state.tab(first_tab(self.user));
        let number = self.action(state).unwrap_or(self.number);
        Arc::new(Read::own(tab, state.action(number)))
    }

    fn situation(&self, _: &State) -> &'static str {
        "read"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
