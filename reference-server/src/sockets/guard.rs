//! Checks the session on every request of a transport, not only when it opens.
//!
//! A transport's id is bound to the session that opened it. A client with another session, or with none, gets the
//! same answer as for an id that never existed. Foreign origins get 403 before anything else.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::ground::fault::{Fault, Open};
use crate::ground::metrics::Metrics;
use crate::identity::gate::Gate;
use crate::identity::live::Live;
use crate::identity::origin::{self, Origin};
use crate::identity::session_key::SessionKey;
use crate::identity::sessions::{Sessions, UserId};
use crate::transport::hangup::Hangup;
use crate::transport::slots::{Full, Slots};
use crate::transport::transports::{Transport, Transports};

/// The largest answer to a handshake in bytes. The library's own has about a hundred.
const HANDSHAKE: usize = 16 << 10;

/// What the check of a request needs. Clones are the same.
#[derive(Clone)]
pub(crate) struct Guard {
    pub(crate) live: Live,
    pub(crate) gate: Gate,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) transports: Arc<Transports>,
    pub(crate) slots: Arc<Slots>,
    pub(crate) metrics: Arc<Metrics>,
    /// The time between two pings. A poll may have to wait that long.
    pub(crate) ping: Duration,
    pub(crate) fault: Open,
}

/// The middleware around `/socket.io/`.
pub(crate) async fn check(
    State(guard): State<Guard>,
    mut request: Request,
    next: Next,
) -> Response {
    if !request.uri().path().starts_with("/socket.io") {
        return next.run(request).await;
    }
    if guard.is_foreign(request.headers()) {
        return (StatusCode::FORBIDDEN, "this origin may not open sockets\n").into_response();
    }
    let caller = guard.caller(request.headers());
    let sid = sid(request.uri());
    // FAULT ISO20: an open transport is not checked again.
    if sid.is_some() && guard.fault.is(Fault::Iso20) {
        return next.run(request).await;
    }
    let Some((session, user)) = caller else {
        return (StatusCode::UNAUTHORIZED, "log in first\n").into_response();
    };
    let transport = match &sid {
        Some(sid) => match guard.transports.find(sid, &session) {
            Some(transport) => transport,
            None => return unknown(),
        },
        None => match guard.open(session, &user) {
            Ok(transport) => transport,
            Err(full) => return self::full(full),
        },
    };
    let connection = request.extensions().get::<Hangup>().cloned();
    let listens = request.method() == Method::GET;
    if sid.is_none() {
        request.extensions_mut().insert(Arc::clone(&transport));
    }
    let answer = tokio::time::timeout(guard.patience(listens), next.run(request));
    let response = tokio::select! {
        biased;
        answer = answer => match answer {
            Ok(response) => response,
            Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
        },
        () = transport.until_cut() => return unknown(),
    };
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        connection
            .iter()
            .for_each(|connection| transport.carried_by(connection));
    } else if listens && sid.is_some() {
        transport.received(response.size_hint().lower());
    } else if listens {
        return guard.bind_handshake(&transport, response).await;
    }
    response
}

impl Guard {
    fn is_foreign(&self, headers: &HeaderMap) -> bool {
        let live = self.live.now();
        let origin = origin::of(headers, &live.settings.allowed_origins);
        // FAULT WEB09: a list of allowed origins that is `*`.
        origin == Origin::Foreign && !self.fault.is(Fault::Web09)
    }

    /// The session of the request, and its user.
    fn caller(&self, headers: &HeaderMap) -> Option<(SessionKey, UserId)> {
        let session = self
            .gate
            .session(headers)
            .filter(|session| session.user.is_some())
            // FAULT ISO02: a request without a session gets the one of nobody.
            .or_else(|| {
                let faulty = self.fault.is(Fault::Iso02);
                faulty.then(|| self.sessions.of_nobody())
            })?;
        Some((session.key, session.user?))
    }

    /// How long a request may take. A poll may have to wait for the next ping, and it has no body that could arrive
    /// slowly.
    fn patience(&self, listens: bool) -> Duration {
        let timeout = self.live.now().settings.request_timeout;
        if listens {
            timeout.max(self.ping * 2)
        } else {
            timeout
        }
    }

    /// A new transport for a logged-in user, if there is a slot.
    fn open(&self, session: SessionKey, user: &UserId) -> Result<Arc<Transport>, Full> {
        let live = self.live.now();
        let slot = self.slots.take(user, live.settings.sockets_per_user);
        let slot = slot.inspect_err(|_| {
            self.metrics.sockets_refused.inc();
        })?;
        let events = live.settings.events_per_second;
        Ok(Transport::new(session, slot, events))
    }

    /// Reads the id from the answer to a polling handshake, and binds it before the client gets the answer.
    async fn bind_handshake(&self, transport: &Arc<Transport>, response: Response) -> Response {
        let (parts, body) = response.into_parts();
        let Ok(bytes) = axum::body::to_bytes(body, HANDSHAKE).await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let open = bytes
            .strip_prefix(b"0")
            .and_then(|json| serde_json::from_slice::<serde_json::Value>(json).ok());
        if let Some(sid) = open.as_ref().and_then(|open| open.get("sid")?.as_str()) {
            self.transports.bind(sid.to_owned(), transport);
        }
        Response::from_parts(parts, Body::from(bytes))
    }
}

/// The answer if all slots are taken: the client may come back.
fn full(full: Full) -> Response {
    let (status, words) = match full {
        Full::Server => (
            StatusCode::SERVICE_UNAVAILABLE,
            "all connections are taken\n",
        ),
        Full::User => (
            StatusCode::TOO_MANY_REQUESTS,
            "all connections of this user are taken\n",
        ),
    };
    (status, [(header::RETRY_AFTER, "5")], words).into_response()
}

fn sid(uri: &Uri) -> Option<String> {
    let pairs = uri
        .query()?
        .split('&')
        .filter_map(|pair| pair.split_once('='));
    pairs
        .filter(|(name, _)| *name == "sid")
        .map(|(_, value)| value.to_owned())
        .next()
}

/// Exactly the answer that the library gives for an unknown id.
fn unknown() -> Response {
    let body = "{\"code\":\"1\",\"message\":\"Session ID unknown\"}";
    (
        StatusCode::BAD_REQUEST,
        [(header::CONTENT_TYPE, "application/json")],
        body,
    )
        .into_response()
}
