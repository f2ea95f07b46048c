//! A stranger shows the cookie of a session that is over.

use std::sync::Arc;

use proptest::strategy::Strategy;

use super::api;
use super::drawing::{any_of, session};
use super::move_trait::{Move, MoveKind};
use crate::explore::state::{SessionAt, State, stranger};
use crate::steps::http::Http;
use crate::steps::step_trait::Step;

pub(super) const KIND: MoveKind = MoveKind {
    weight: 1,
    draw: || any_of(session().prop_map(OldCookie)),
};

#[derive(Debug)]
struct OldCookie(SessionAt);

impl Move for OldCookie {
    fn is_possible(&self, state: &State) -> bool {
        // A phone has another name once it is taken over.
        self.0.device == 0 && state.has_ended(self.0)
    }

    fn change(&self, _: &mut State) {}

    fn step(&self, state: &State) -> Arc<dyn Step> {
        let cookie = format!("{{session_cookie}}={{{}.session}}", state.browser(self.0));
        let list = Http::get(stranger().browser, api::ACTIONS.to_owned());
        Arc::new(list.with_header("Cookie", cookie))
    }

    fn situation(&self) -> &'static str {
        "old cookie"
    }
}
