//! Somebody does each action that they have no right to.

use std::sync::Arc;

use proptest::prop_oneof;
use proptest::strategy::{Just, Strategy};

use super::drawing::{any_of, user};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Listening, State, first_tab, stranger};
use crate::steps::every_forbidden::EveryForbidden;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: |offer| {
        let by_users = user().prop_map(Some).boxed();
        let by_strangers = Just(None).boxed();
        let by = match (offer.has_forbidden_actions, offer.refuses_strangers) {
            (false, false) => return None,
            (true, true) => prop_oneof![by_users, by_strangers].boxed(),
            (true, false) => by_users,
            (false, true) => by_strangers,
        };
        any_of(by.prop_map(Forbidden))
    },
};

/// By whom: a user, or a stranger.
#[derive(Debug)]
struct Forbidden(Option<usize>);

impl Move for Forbidden {
    fn is_possible(&self, state: &State) -> bool {
        let is_there = |user| state.listening(first_tab(user)) == Some(Listening::Open);
        self.0.is_none_or(is_there)
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let tab = { self.0 }.map_or_else(stranger, |user| state.tab(first_tab(user)));
        Arc::new(EveryForbidden::as_far_as_possible(tab))
    }

    fn situation(&self, _: &State) -> &'static str {
        match self.0 {
            Some(_) => "forbidden",
            None => "stranger",
        }
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
