//! Where users join nothing, a tab asks for the events of another user, as if they were a room with the user's name.

use std::sync::Arc;

use proptest::strategy::Strategy;
use serde_json::json;

use super::drawing::{any_of, user};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Listening, State, first_tab};
use crate::steps::emit::Emit;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: |offer| {
        (offer.joins_nothing && offer.is_socket_io).then_some(())?;
        any_of((user(), user()).prop_map(|(user, victim)| JoinForeign { user, victim }))
    },
};

#[derive(Debug)]
struct JoinForeign {
    user: usize,
    victim: usize,
}

impl Move for JoinForeign {
    fn is_possible(&self, state: &State) -> bool {
        let is_open = state.listening(first_tab(self.user)) == Some(Listening::Open);
        self.user != self.victim && state.has_user(self.victim) && is_open
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let room = &state.names[self.victim];
        Arc::new(Emit {
            tab: state.tab(first_tab(self.user)),
            event: "join".to_owned(),
            arguments: vec![json!({ "room": room })],
            // The target need not know the event: then it may say nothing.
            expect: None,
        })
    }

    fn situation(&self, _: &State) -> &'static str {
        "attack"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
