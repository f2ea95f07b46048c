//! A user's own actions. Somebody else's is not there, like one that never was.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::caller::{Caller, Changer};
use super::refusal::Refusal;
use crate::actions::kinds::Kind;
use crate::ground::fault::Fault;
use crate::http::app::App;

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Json<Value> {
    // FAULT ISO10: the client says whose.
    let named = query
        .filter(|_| app.fault.is(Fault::Iso10))
        .and_then(|query| app.actions.owner_named(query.strip_prefix("user=")?));
    let user = named.unwrap_or(caller.user);
    Json(json!({ "actions": app.actions.list(&user) }))
}

pub(crate) async fn start(
    State(app): State<Arc<App>>,
    Changer(caller): Changer,
    request: Result<Json<Value>, JsonRejection>,
) -> Result<Response, Refusal> {
    let Json(request) = request.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Refusal::TooLarge;
        }
        Refusal::Wrong {
            error: rejection.body_text(),
            fix: "send one JSON object".to_owned(),
        }
    })?;
    let kind = Kind::read(request).map_err(|wrong| Refusal::Wrong {
        error: wrong.error,
        fix: wrong.fix,
    })?;
    let started = app
        .actions
        .start(&caller.user, kind)
        .map_err(|not_now| Refusal::Busy {
            error: not_now.to_string(),
            fix: not_now.fix(),
        })?;
    Ok((StatusCode::CREATED, Json(started)).into_response())
}

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    caller: Result<Caller, Refusal>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    // FAULT WEB10: the one route where the check was forgotten.
    let anybody = app
        .fault
        .is(Fault::Web10)
        .then(|| app.actions.owner_of(&id));
    let user = match anybody.flatten() {
        Some(owner) => owner,
        None => caller?.user,
    };
    let found = app.actions.find(&user, &id).ok_or(Refusal::NoAction)?;
    Ok(Json(found).into_response())
}

pub(crate) async fn stop(
    State(app): State<Arc<App>>,
    Changer(caller): Changer,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let stopped = app
        .actions
        .stop(&caller.user, &id)
        .ok_or(Refusal::NoAction)?;
    Ok(Json(stopped).into_response())
}
