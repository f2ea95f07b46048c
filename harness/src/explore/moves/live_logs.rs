//! A tab asks for the lines of the log as they are written.

use std::sync::Arc;

use proptest::strategy::Strategy;
use serde_json::json;

use super::drawing::{any_of, tab};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Listening, State, TabAt};
use crate::steps::emit::Emit;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: || any_of(tab().prop_map(LiveLogs)),
};

#[derive(Debug)]
struct LiveLogs(TabAt);

impl Move for LiveLogs {
    fn is_possible(&self, state: &State) -> bool {
        state.listening(self.0) == Some(Listening::Open)
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        Arc::new(Emit {
            tab: state.tab(self.0),
            event: "live_logs".to_owned(),
            arguments: vec![json!({ "on": true })],
            expect: None,
        })
    }

    fn situation(&self) -> &'static str {
        "live logs"
    }
}
