//! A user starts an action without a marker, as one that asks for more of what comes later.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, kind, number, session};
use super::move_trait::{Move, MoveKind};
use super::start::started;
use crate::explore::offer::Kind;
use crate::explore::state::{Ends, Listening, Number, SessionAt, State, acting};
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: |offer| {
        let drawn = (session(), kind(&offer.silent)?, number());
        any_of(drawn.prop_map(|(session, kind, number)| StartSilent {
            session,
            kind,
            number,
        }))
    },
};

#[derive(Debug)]
struct StartSilent {
    session: SessionAt,
    kind: Arc<Kind>,
    number: Number,
}

impl Move for StartSilent {
    fn is_possible(&self, state: &State) -> bool {
        // It may go over the socket.
        let is_open = state.listening(acting(self.session)) == Some(Listening::Open);
        is_open && state.may_start(self.session, self.number, &self.kind)
    }

    fn change(&self, state: &mut State) {
        // What it makes cannot be told from another's, so that nobody waits for it.
        state.start(self.number, self.session, &self.kind, Ends::WhenStopped);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        Arc::new(started(state, self.session, &self.kind, self.number).unmarked())
    }

    fn situation(&self, _: &State) -> &'static str {
        "start silent"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
