//! The server's state, for operators: as a page, and as JSON for the page's script.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::caller::Operator;
use super::refusal::Refusal;
use super::reply::page;
use crate::http::assets;
use crate::http::pages::StatusPage;
use crate::operation::gauges::Gauges;
use crate::operation::readiness::Readiness;
use crate::operation::status::Status;

/// The page; it needs no script.
pub(crate) async fn show(
    State(readiness): State<Readiness>,
    State(gauges): State<Gauges>,
    asks: Result<Operator, Refusal>,
) -> Response {
    match asks {
        Ok(Operator) => {}
        Err(Refusal::Guest) => return Redirect::to("/login?next=/status").into_response(),
        Err(refusal) => return refusal.into_response(),
    }
    let now = Status::now(&gauges, readiness.look().await);
    page(StatusCode::OK, |nonce| StatusPage {
        now,
        assets: assets::LINKS,
        nonce,
    })
}

pub(crate) async fn read(
    State(readiness): State<Readiness>,
    State(gauges): State<Gauges>,
    _asks: Operator,
) -> Json<Status> {
    Json(Status::now(&gauges, readiness.look().await))
}
