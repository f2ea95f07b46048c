//! A user asks what an action of theirs shows.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, number, user};
use super::move_trait::{Move, MoveKind};
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

impl Move for ReadOwn {
    fn is_possible(&self, state: &State) -> bool {
        let has_read = { state.kind(self.number) }.is_some_and(|kind| kind.has_read);
        let is_open = state.listening(first_tab(self.user)) == Some(Listening::Open);
        let is_own = state.owner(self.number) == Some(self.user);
        state.is_logged_in(first_session(self.user)) && is_open && is_own && has_read
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let tab = state.tab(first_tab(self.user));
        Arc::new(Read::own(tab, state.action(self.number)))
    }

    fn situation(&self, _: &State) -> &'static str {
        "read"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
