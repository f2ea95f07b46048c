//! A user starts an action that ends by itself.

use std::sync::Arc;

use proptest::strategy::Strategy;
use serde_json::json;

use super::drawing::{any_of, further, kind, number, session};
use super::move_trait::{Move, MoveKind};
use crate::explore::offer::Kind;
use crate::explore::state::{Ends, Number, SessionAt, State, acting, label};
use crate::steps::start::Start;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 6,
    draw: |offer| {
        let drawn = (session(), kind(&offer.short)?, number(), further());
        any_of(
            drawn.prop_map(|(session, kind, number, further)| StartAction {
                session,
                kind,
                number,
                further,
            }),
        )
    },
};

#[derive(Debug)]
pub(super) struct StartAction {
    pub(super) session: SessionAt,
    pub(super) kind: Arc<Kind>,
    pub(super) number: Number,
    /// Which other user it is for, if it is for one.
    pub(super) further: usize,
}

impl Move for StartAction {
    fn is_possible(&self, state: &State) -> bool {
        state.may_start(self.session, self.number, &self.kind)
    }

    fn change(&self, state: &mut State) {
        state.start(self.number, self.session, &self.kind, Ends::ByItself);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let start = started(state, self.session, &self.kind, self.number);
        Arc::new(meant_for(
            state,
            start,
            (self.session, &self.kind),
            self.further,
        ))
    }

    fn situation(&self, _: &State) -> &'static str {
        "start"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}

/// The step that starts an action. What the target does not let a user do now, its rules may say, and nothing is
/// claimed of it.
pub(super) fn started(state: &State, session: SessionAt, kind: &Kind, number: Number) -> Start {
    let tab = state.tab(acting(session));
    let mut start = Start::of(tab, &kind.name, label(number)).if_it_can_be();
    if let Some(meeting) = state.meeting_of(acting(session)) {
        for group in &kind.groups {
            start = start.with(group, json!(state.meeting(meeting)));
        }
    }
    start
}

/// The same for this other user.
pub(super) fn meant_for(
    state: &State,
    mut start: Start,
    (session, kind): (SessionAt, &Kind),
    further: usize,
) -> Start {
    for parameter in &kind.others {
        let other = state.another(session.user, further);
        start = start.with(parameter, json!(state.names[other]));
    }
    start
}
