//! A user logs in on another user's phone, which was logged in.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, user};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{SessionAt, State};
use crate::steps::close::close;
use crate::steps::login::Login;
use crate::steps::repeat::Repeat;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: |offer| {
        offer.has_login.then_some(())?;
        any_of((user(), user()).prop_map(|(user, by)| TakeOver { user, by }))
    },
};

#[derive(Debug)]
struct TakeOver {
    user: usize,
    by: usize,
}

/// A user's session on the phone.
const fn phone(user: usize) -> SessionAt {
    SessionAt { user, device: 1 }
}

impl Move for TakeOver {
    fn is_possible(&self, state: &State) -> bool {
        let own = phone(self.by);
        let is_free = !state.has_ended(own) && !state.is_logged_in(own);
        self.user != self.by
            && state.has_user(self.by)
            && state.is_logged_in(phone(self.user))
            && is_free
            && state.stalled().all(|at| at.session != phone(self.user))
    }

    fn change(&self, state: &mut State) {
        state.end(phone(self.user));
        state.log_in(phone(self.by));
    }

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let login = Login {
            // The browser has this name from here on.
            browser: state.browser(phone(self.by)),
            in_browser: Some(state.browser(phone(self.user))),
        };
        // The pages that were open there are gone by then: no target file promises that a login ends another user's
        // session for good.
        let open = state.open_tabs(phone(self.user));
        let mut steps: Vec<Arc<dyn Step>> = open.map(|at| close(state.tab(at))).collect();
        if steps.is_empty() {
            return Arc::new(login);
        }
        steps.push(Arc::new(login));
        Arc::new(Repeat::once(steps))
    }

    fn situation(&self, _: &State) -> &'static str {
        "take over"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
