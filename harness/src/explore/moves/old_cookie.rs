//! A stranger shows the cookie of a session that is over.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::drawing::{any_of, session};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{SessionAt, State, stranger};
use crate::steps::http::Http;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: |offer| {
        let path = offer.private_path.clone()?;
        any_of(session().prop_map(move |session| OldCookie {
            session,
            path: path.clone(),
        }))
    },
};

#[derive(Debug)]
struct OldCookie {
    session: SessionAt,
    /// Of something that only users see.
    path: String,
}

impl Move for OldCookie {
    fn is_possible(&self, state: &State) -> bool {
        // A phone has another name once it is taken over.
        self.session.device == 0 && state.has_ended(self.session)
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let cookie = format!(
            "{{session_cookie}}={{{}.session}}",
            state.browser(self.session)
        );
        let asked = Http::get(stranger().browser, self.path.clone());
        Arc::new(asked.with_header("Cookie", cookie))
    }

    fn situation(&self, _: &State) -> &'static str {
        "old cookie"
    }

    fn simpler(&self) -> Option<Arc<dyn Move>> {
        None
    }
}
