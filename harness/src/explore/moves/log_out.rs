//! A user logs out on one device, whatever runs there.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, session};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{SessionAt, State};
use crate::steps::logout::Logout;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: |offer| {
        offer.has_logout.then_some(())?;
        any_of(session().prop_map(LogOut))
    },
};

#[derive(Debug)]
struct LogOut(SessionAt);

impl Move for LogOut {
    fn is_possible(&self, state: &State) -> bool {
        state.is_logged_in(self.0)
    }

    fn change(&self, state: &mut State) {
        state.end(self.0);
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        Arc::new(Logout(state.browser(self.0)))
    }

    fn situation(&self, _: &State) -> &'static str {
        "logout"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
