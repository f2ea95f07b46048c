//! A user starts an action that ends by itself.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{action, any_of, number, session};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{Ends, Number, SessionAt, State, TabAt, label};
use crate::steps::start::Start;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 6,
    draw: || {
        any_of(
            (session(), action(), number()).prop_map(|(session, action, number)| StartAction {
                session,
                action,
                number,
            }),
        )
    },
};

#[derive(Debug)]
struct StartAction {
    session: SessionAt,
    action: &'static str,
    number: Number,
}

impl Move for StartAction {
    fn is_possible(&self, state: &State) -> bool {
        state.is_logged_in(self.session) && state.is_new(self.number)
    }

    fn change(&self, state: &mut State) {
        state.start(self.number, self.session.user, Ends::ByItself);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        Arc::new(started(state, self.session, self.action, self.number))
    }

    fn situation(&self) -> &'static str {
        "start"
    }
}

/// The step that starts an action.
pub(super) fn started(state: &State, session: SessionAt, action: &str, number: Number) -> Start {
    let tab = state.tab(TabAt { session, tab: 0 });
    Start::of(tab, action, label(number))
}
