//! Finds the session of a request, and checks that the request comes from our own pages.

use std::sync::Arc;

use axum::http::HeaderMap;

use super::live::Live;
use super::origin::{self, Origin};
use super::sessions::{Session, Sessions, UserId};
use crate::ground::fault::{Fault, Open};

/// Clones are the same.
#[derive(Clone)]
pub(crate) struct Gate {
    live: Live,
    sessions: Arc<Sessions>,
    fault: Open,
}

impl Gate {
    pub(crate) const fn new(live: Live, sessions: Arc<Sessions>, fault: Open) -> Self {
        Self {
            live,
            sessions,
            fault,
        }
    }

    /// The live session that the request's cookie names.
    pub(crate) fn session(&self, headers: &HeaderMap) -> Option<Session> {
        self.sessions
            .find(&self.live.now().cookies.session_id(headers)?)
    }

    /// The token that a form of this session carries.
    pub(crate) fn token(&self, session: &Session) -> String {
        self.live.now().cookies.token(&session.key)
    }

    /// Whether a request that changes state comes from our own pages: by its origin, or by the session's token.
    pub(crate) fn is_ours(
        &self,
        headers: &HeaderMap,
        session: Option<&Session>,
        form_token: Option<&str>,
    ) -> bool {
        let live = self.live.now();
        let token = headers
            .get("x-csrf-token")
            .and_then(|value| value.to_str().ok())
            .or(form_token);
        let has_token = || {
            session
                .zip(token)
                .is_some_and(|(session, token)| live.cookies.is_token(&session.key, token))
        };
        match origin::of(headers, &live.settings.allowed_origins) {
            // FAULT WEB02: the check is in a layer that nobody put around the routes.
            _ if self.fault.is(Fault::Web02) => true,
            Origin::Own => true,
            Origin::Foreign => false,
            Origin::Unknown => has_token(),
        }
    }

    /// Whether the settings let this user see the server's state.
    pub(crate) fn is_operator(&self, user: &UserId) -> bool {
        let live = self.live.now();
        let mut operators = live.settings.operators.iter();
        operators.any(|name| user.is(name))
    }
}

/// Whether the page says that it belongs to another session than the cookie's. All tabs of a browser share one cookie,
/// and another user may have logged in with another tab in the meantime.
pub(crate) fn is_of_another(headers: &HeaderMap, session: &Session) -> bool {
    let named = headers.get("x-session");
    named.is_some_and(|named| named.as_bytes() != session.key.public().as_bytes())
}
