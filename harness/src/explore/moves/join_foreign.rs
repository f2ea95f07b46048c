//! A tab asks for the events of another user, by the name of the room where they are sent.

use std::sync::Arc;

use proptest::strategy::Strategy;
use serde_json::json;

use super::drawing::{any_of, user};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Listening, State, first_tab};
use crate::language::values::Expect;
use crate::steps::emit::{Emit, Wanted};
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: || any_of((user(), user()).prop_map(|(user, victim)| JoinForeign { user, victim })),
};

#[derive(Debug)]
struct JoinForeign {
    user: usize,
    victim: usize,
}

impl Move for JoinForeign {
    fn is_possible(&self, state: &State) -> bool {
        let is_open = state.listening(first_tab(self.user)) == Some(Listening::Open);
        self.user != self.victim && is_open
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let room = format!("user_{}_1", state.names[self.victim]);
        Arc::new(Emit {
            tab: state.tab(first_tab(self.user)),
            event: "join".to_owned(),
            arguments: vec![json!({ "room": room })],
            expect: Some(Wanted::Word(Expect::Refused)),
        })
    }

    fn situation(&self) -> &'static str {
        "attack"
    }
}
