//! A user starts an action that ends by itself.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, kind, number, session};
use super::move_trait::{Move, MoveKind};
use crate::explore::offer::Kind;
use crate::explore::state::{Ends, Number, SessionAt, State, acting, label};
use crate::steps::start::Start;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 6,
    draw: |offer| {
        let drawn = (session(), kind(&offer.short)?, number());
        any_of(drawn.prop_map(|(session, kind, number)| StartAction {
            session,
            kind,
            number,
        }))
    },
};

#[derive(Debug)]
struct StartAction {
    session: SessionAt,
    kind: Arc<Kind>,
    number: Number,
}

impl Move for StartAction {
    fn is_possible(&self, state: &State) -> bool {
        state.may_start(self.session, self.number, &self.kind)
    }

    fn change(&self, state: &mut State) {
        state.start(self.number, self.session, &self.kind, Ends::ByItself);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        Arc::new(started(state, self.session, &self.kind, self.number))
    }

    fn situation(&self) -> &'static str {
        "start"
    }
}

/// The step that starts an action.
pub(super) fn started(state: &State, session: SessionAt, kind: &Kind, number: Number) -> Start {
    let tab = state.tab(acting(session));
    Start::of(tab, &kind.name, label(number))
}
