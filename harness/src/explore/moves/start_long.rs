//! A user starts an action that runs until it is stopped.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, kind, number, session};
use super::move_trait::{Move, MoveKind};
use super::start::started;
use crate::explore::offer::Kind;
use crate::explore::state::{Ends, Number, SessionAt, State};
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 2,
    draw: |offer| {
        let drawn = (session(), kind(&offer.long)?, number());
        any_of(drawn.prop_map(|(session, kind, number)| StartLong {
            session,
            kind,
            number,
        }))
    },
};

#[derive(Debug)]
struct StartLong {
    session: SessionAt,
    kind: Arc<Kind>,
    number: Number,
}

impl Move for StartLong {
    fn is_possible(&self, state: &State) -> bool {
        state.may_start(self.session, self.number, &self.kind)
    }

    fn change(&self, state: &mut State) {
        state.start(self.number, self.session, &self.kind, Ends::WhenStopped);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        Arc::new(started(state, self.session, &self.kind, self.number))
    }

    fn situation(&self, _: &State) -> &'static str {
        "start"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
