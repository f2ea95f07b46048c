//! The server's own state: whether it serves, whether it is ready, and its metrics.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::ground::fault::{Fault, Open};
use crate::identity::client::Client;
use crate::operation::gauges::Gauges;
use crate::operation::readiness::{PartState, Parts, Readiness};

/// The content type of `/metrics`.
pub(crate) const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// That the process serves.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    status: &'static str,
    service: &'static str,
}

/// Whether every part is as it must be, and what is wrong with each that is not.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ready {
    status: &'static str,
    #[schema(value_type = BTreeMap<String, PartState>)]
    parts: Parts,
}

/// 200 as long as the process serves. Creates no session.
pub(crate) async fn health(State(fault): State<Open>) -> Response {
    if fault.is(Fault::Web07) {
        return unknown(State(fault)).await.into_response();
    }
    Json(Health {
        status: "ok",
        service: "reference-server",
    })
    .into_response()
}

/// What stands where there is no page.
pub(crate) async fn unknown(State(fault): State<Open>) -> (StatusCode, &'static str) {
    // FAULT WEB07: a page that answers everything.
    let code = match fault.is(Fault::Web07) {
        true => StatusCode::OK,
        false => StatusCode::NOT_FOUND,
    };
    (code, "there is no such page\n")
}

/// 200 when every part is as it must be, otherwise 503; each part says what is wrong with it.
pub(crate) async fn ready(State(readiness): State<Readiness>) -> (StatusCode, Json<Ready>) {
    let parts = readiness.look().await;
    let (code, status) = if parts.are_well() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    (code, Json(Ready { status, parts }))
}

/// The metrics, only for clients on this machine.
pub(crate) async fn metrics(
    State(gauges): State<Gauges>,
    Extension(client): Extension<Client>,
) -> Response {
    if !client.is_local() {
        return (StatusCode::NOT_FOUND, "there is no such page\n").into_response();
    }
    gauges.measure();
    ([(header::CONTENT_TYPE, METRICS)], gauges.metrics.text()).into_response()
}
