//! A user loads the page that only users see.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, session};
use super::move_trait::{Move, MoveKind};
use crate::explore::offer::PRIVATE_PAGE;
use crate::explore::state::{SessionAt, State};
use crate::steps::step_trait::Step;
use crate::steps::visit::Visit;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: |offer| {
        offer.has_private_page.then_some(())?;
        any_of(session().prop_map(GetPage))
    },
};

#[derive(Debug)]
struct GetPage(SessionAt);

impl Move for GetPage {
    fn is_possible(&self, state: &State) -> bool {
        state.is_logged_in(self.0)
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        Arc::new(Visit::granted(state.browser(self.0), PRIVATE_PAGE))
    }

    fn situation(&self, _: &State) -> &'static str {
        "page"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
