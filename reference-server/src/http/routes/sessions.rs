//! A user's own sessions: where they are logged in, and how to end that, here or everywhere.
//!
//! A session is named by an id that opens nothing. Somebody else's is not there, like one that never was.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::caller::{Caller, Changer};
use super::login::with_cookie;
use super::refusal::Refusal;
use crate::http::app::App;
use crate::http::proxy::Scheme;
use crate::identity::cookies::Cookies;

/// The caller's sessions, the newest first; times are seconds since 1970.
pub(crate) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Json<Value> {
    let sessions: Vec<Value> = app
        .sessions
        .of_user(&caller.user)
        .iter()
        .map(|session| {
            json!({
                "id": session.key.public(),
                "created": session.created,
                "expires": session.expires,
                "current": session.key == caller.session.key,
                "device": session.device,
            })
        })
        .collect();
    Json(json!({ "sessions": sessions }))
}

/// Ends one of the caller's sessions, with its sockets; the one that asks as well as any other.
pub(crate) async fn end(
    State(app): State<Arc<App>>,
    Changer(caller): Changer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let mut sessions = app.sessions.of_user(&caller.user).into_iter();
    let session = sessions.find(|session| session.key.public() == id);
    let session = session.ok_or(Refusal::NoSession)?;
    let key = std::slice::from_ref(&session.key);
    app.end(key).await.map_err(Refusal::Trouble)?;
    let response = Json(json!({ "ended": 1 })).into_response();
    if session.key == caller.session.key {
        return Ok(with_cookie(response, Cookies::take(Scheme::of(&headers))));
    }
    Ok(response)
}

/// Ends all of the caller's sessions, on every device and this one.
pub(crate) async fn end_all(
    State(app): State<Arc<App>>,
    Changer(caller): Changer,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let sessions = app.sessions.of_user(&caller.user);
    let keys: Vec<_> = sessions.iter().map(|session| session.key.clone()).collect();
    app.end(&keys).await.map_err(Refusal::Trouble)?;
    let response = Json(json!({ "ended": sessions.len() })).into_response();
    Ok(with_cookie(response, Cookies::take(Scheme::of(&headers))))
}
