//! Whoever has logged out shows once more what has carried their session: a token that the browser's script still has.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{AFTER_ALL_TABS, any_of, session};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{SessionAt, State, TabAt};
use crate::language::values::Expect;
use crate::steps::open::Open;
use crate::steps::step_trait::Step;
use crate::steps::visit::Visit;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: |offer| {
        let ways = offer.old_sessions.clone();
        (!ways.is_empty()).then_some(())?;
        let drawn = (session(), proptest::sample::select(ways));
        any_of(drawn.prop_map(|(session, way)| OldSession { session, way }))
    },
};

#[derive(Debug)]
struct OldSession {
    session: SessionAt,
    /// A surface that users have, or none for a socket.
    way: Option<&'static str>,
}

impl Move for OldSession {
    fn is_possible(&self, state: &State) -> bool {
        // A phone has another name once it is taken over.
        self.session.device == 0 && state.has_ended(self.session)
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let at = TabAt {
            session: self.session,
            tab: AFTER_ALL_TABS,
        };
        match self.way {
            Some(surface) => {
                let browser = state.browser(self.session);
                Arc::new(Visit::of(browser, surface, Expect::Refused))
            }
            None => Arc::new(Open::at(state.tab(at)).refused()),
        }
    }

    fn situation(&self, _: &State) -> &'static str {
        "old session"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
