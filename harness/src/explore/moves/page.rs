//! A user asks for what only users get: the page, or the list of what is theirs, which others have changed meanwhile.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, session};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{SessionAt, State};
use crate::language::values::Expect;
use crate::steps::step_trait::Step;
use crate::steps::visit::Visit;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: |offer| {
        let private = offer.private.clone();
        (!private.is_empty()).then_some(())?;
        let drawn = (session(), proptest::sample::select(private));
        any_of(drawn.prop_map(|(session, surface)| GetPage { session, surface }))
    },
};

#[derive(Debug)]
struct GetPage {
    session: SessionAt,
    surface: &'static str,
}

impl Move for GetPage {
    fn is_possible(&self, state: &State) -> bool {
        state.is_logged_in(self.session)
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let browser = state.browser(self.session);
        Arc::new(Visit::of(browser, self.surface, Expect::Granted))
    }

    fn situation(&self, _: &State) -> &'static str {
        "page"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
