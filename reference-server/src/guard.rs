//! The session is looked at on every request of a transport, not only when it opens.
//!
//! A transport's id is bound to the session that opened it. Who has another session, or none, gets the
//! answer that an id gets that never was. Foreign origins get 403 before anything else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::OwnedSemaphorePermit;

use crate::app::App;
use crate::fault::Fault;
use crate::origin::{self, Origin};
use crate::sessions::SessionKey;

/// How long a transport may be open without a socket.
const UNUSED: Duration = Duration::from_mins(1);
/// Bytes that the answer to a handshake may have.
const HANDSHAKE: usize = 16 << 10;

/// Which session opened which transport.
#[derive(Default)]
pub(crate) struct Transports(Mutex<HashMap<String, Bound>>);

struct Bound {
    session: SessionKey,
    since: Instant,
    joined: bool,
}

impl Transports {
    pub(crate) fn bind(&self, sid: String, session: SessionKey, joined: bool) {
        let mut bound = self.lock();
        bound.retain(|_, bound| bound.joined || bound.since.elapsed() < UNUSED);
        bound.insert(
            sid,
            Bound {
                session,
                since: Instant::now(),
                joined,
            },
        );
    }

    pub(crate) fn release(&self, sid: &str) {
        self.lock().remove(sid);
    }

    fn is_bound(&self, sid: &str, session: &SessionKey) -> bool {
        self.lock()
            .get(sid)
            .is_some_and(|bound| bound.session == *session)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Bound>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the connections that there may be. The transport that it was given to keeps the request that
/// opened it, and this with it, for exactly as long as it lives.
#[derive(Clone)]
struct Place(#[expect(dead_code, reason = "it is held, not read")] Arc<OwnedSemaphorePermit>);

/// The middleware around `/socket.io/`.
pub(crate) async fn check(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    if !request.uri().path().starts_with("/socket.io") {
        return next.run(request).await;
    }
    // FAULT WEB09: a list of allowed origins that is `*`.
    if origin::of(request.headers(), &app.live().settings.allowed_origins) == Origin::Foreign
        && !app.fault.is(Fault::Web09)
    {
        return (StatusCode::FORBIDDEN, "this origin may not open sockets\n").into_response();
    }
    let session = app
        .session(request.headers())
        .filter(|session| session.user.is_some())
        // FAULT ISO02: who has no session has that of nobody.
        .or_else(|| {
            let faulty = app.fault.is(Fault::Iso02);
            faulty.then(|| app.sessions.of_nobody())
        });
    let sid = sid(request.uri());
    // FAULT ISO20: a transport that is open needs no further look.
    if sid.is_some() && app.fault.is(Fault::Iso20) {
        return next.run(request).await;
    }
    let Some(session) = session else {
        return (StatusCode::UNAUTHORIZED, "log in first\n").into_response();
    };
    if let Some(sid) = &sid {
        if !app.transports.is_bound(sid, &session.key) {
            return unknown();
        }
    } else {
        let Ok(place) = Arc::clone(&app.connections).try_acquire_owned() else {
            app.metrics.sockets_refused.inc();
            return full();
        };
        request.extensions_mut().insert(Place(Arc::new(place)));
    }
    let key = session.key.clone();
    let websocket = request.headers().contains_key(header::UPGRADE);
    request.extensions_mut().insert(session);
    let answer = next.run(request);
    // A poll is answered within a ping; only a body can take longer.
    let Ok(response) = tokio::time::timeout(app.live().settings.request_timeout, answer).await
    else {
        return StatusCode::REQUEST_TIMEOUT.into_response();
    };
    if sid.is_none() && !websocket {
        bind_handshake(&app, key, response).await
    } else {
        response
    }
}

/// Reads the id out of a polling handshake's answer and binds it before the client knows it.
async fn bind_handshake(app: &App, key: SessionKey, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, HANDSHAKE).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let open = bytes
        .strip_prefix(b"0")
        .and_then(|json| serde_json::from_slice::<serde_json::Value>(json).ok());
    if let Some(sid) = open.as_ref().and_then(|open| open.get("sid")?.as_str()) {
        app.transports.bind(sid.to_owned(), key, false);
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// Who comes when all connections are taken may come back.
fn full() -> Response {
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(header::RETRY_AFTER, "5")],
        "all connections are taken\n",
    )
        .into_response()
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

/// Word for word what an id gets that the engine does not know.
fn unknown() -> Response {
    let body = "{\"code\":\"1\",\"message\":\"Session ID unknown\"}";
    (
        StatusCode::BAD_REQUEST,
        [(header::CONTENT_TYPE, "application/json")],
        body,
    )
        .into_response()
}
