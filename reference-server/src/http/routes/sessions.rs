//! A user's own sessions: where they are logged in, and how to end that, here or everywhere.
//!
//! A session is named by an id with which nobody can log in. Another user's session is not found, like one that never
//! existed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{Caller, Changer};
use super::refusal::Refusal;
use super::reply::with_cookie;
use crate::actions::session_end::SessionEnd;
use crate::identity::client::Scheme;
use crate::identity::cookies::Cookies;
use crate::identity::device::Device;
use crate::identity::sessions::Sessions;

/// One of the caller's sessions.
#[derive(Serialize, ToSchema)]
#[schema(as = Login)]
pub(crate) struct OwnSession {
    /// It names the session and opens nothing.
    id: String,
    /// Seconds since 1970.
    created: u64,
    /// Seconds since 1970.
    expires: u64,
    /// Whether it is the one that asks.
    current: bool,
    /// The browser and its system, where the login told them: `Firefox on Linux`.
    #[schema(value_type = Option<String>)]
    device: Option<Device>,
}

/// The caller's sessions, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = Logins)]
pub(crate) struct OwnSessions {
    sessions: Vec<OwnSession>,
}

/// How many sessions were ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ended {
    ended: usize,
}

pub(crate) async fn list(
    State(sessions): State<Arc<Sessions>>,
    caller: Caller,
) -> Json<OwnSessions> {
    let own = sessions.of_user(&caller.user).into_iter();
    let own = own.map(|session| OwnSession {
        id: session.key.public(),
        created: session.created,
        expires: session.expires,
        current: session.key == caller.session.key,
        device: session.device,
    });
    Json(OwnSessions {
        sessions: own.collect(),
    })
}

/// Ends one of the caller's sessions, with its sockets. It may be the session of this request.
pub(crate) async fn end(
    State(sessions): State<Arc<Sessions>>,
    State(session_end): State<SessionEnd>,
    Changer(caller): Changer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let mut own = sessions.of_user(&caller.user).into_iter();
    let session = own.find(|session| session.key.public() == id);
    let session = session.ok_or(Refusal::NoSession)?;
    let key = std::slice::from_ref(&session.key);
    session_end.end(key).await.map_err(Refusal::Trouble)?;
    let response = Json(Ended { ended: 1 }).into_response();
    if session.key == caller.session.key {
        return Ok(with_cookie(response, Cookies::take(Scheme::of(&headers))));
    }
    Ok(response)
}

/// Ends all of the caller's sessions, including the one of this request.
pub(crate) async fn end_all(
    State(sessions): State<Arc<Sessions>>,
    State(session_end): State<SessionEnd>,
    Changer(caller): Changer,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let own = sessions.of_user(&caller.user);
    let keys: Vec<_> = own.iter().map(|session| session.key.clone()).collect();
    session_end.end(&keys).await.map_err(Refusal::Trouble)?;
    let response = Json(Ended { ended: own.len() }).into_response();
    Ok(with_cookie(response, Cookies::take(Scheme::of(&headers))))
}
