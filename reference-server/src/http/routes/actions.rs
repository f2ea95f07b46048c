//! A user's own actions. Another user's action is not found, like one that never existed.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::caller::{Caller, Changer};
use super::refusal::Refusal;
use crate::actions::kinds::Kind;
use crate::actions::launcher::Launcher;
use crate::actions::registry::Registry;
use crate::delivery::described::Described;
use crate::ground::fault::{Fault, Open};

/// The caller's actions.
#[derive(Serialize, ToSchema)]
pub(crate) struct Listed {
    actions: Vec<Described>,
}

pub(crate) async fn list(
    State(registry): State<Arc<Registry>>,
    State(fault): State<Open>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Json<Listed> {
    // FAULT ISO10: the client says whose actions it wants.
    let named = query
        .filter(|_| fault.is(Fault::Iso10))
        .and_then(|query| registry.owner_named(query.strip_prefix("user=")?));
    let user = named.unwrap_or(caller.user);
    let actions = registry.list(&user);
    Json(Listed { actions })
}

pub(crate) async fn start(
    State(launcher): State<Launcher>,
    Changer(caller): Changer,
    request: Result<Json<Value>, JsonRejection>,
) -> Result<(StatusCode, Json<Described>), Refusal> {
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
    let started = launcher
        .start(&caller.user, kind)
        .map_err(|not_now| Refusal::Busy {
            error: not_now.to_string(),
            fix: not_now.fix(),
        })?;
    Ok((StatusCode::CREATED, Json(started)))
}

pub(crate) async fn read(
    State(registry): State<Arc<Registry>>,
    State(fault): State<Open>,
    caller: Result<Caller, Refusal>,
    Path(id): Path<String>,
) -> Result<Json<Described>, Refusal> {
    // FAULT WEB10: the one route where the check was forgotten.
    let anybody = fault.is(Fault::Web10).then(|| registry.owner_of(&id));
    let user = match anybody.flatten() {
        Some(owner) => owner,
        None => caller?.user,
    };
    let found = registry.find(&user, &id);
    found.map(Json).ok_or(Refusal::NoAction)
}

pub(crate) async fn stop(
    State(registry): State<Arc<Registry>>,
    Changer(caller): Changer,
    Path(id): Path<String>,
) -> Result<Json<Described>, Refusal> {
    let stopped = registry.stop(&caller.user, &id);
    stopped.map(Json).ok_or(Refusal::NoAction)
}
