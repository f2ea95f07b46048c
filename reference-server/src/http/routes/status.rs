//! The server's state, for operators: as a page, and as JSON for the page's script.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};

use super::caller::Operator;
use super::login::page;
use super::probes;
use super::refusal::Refusal;
use crate::http::app::App;
use crate::http::assets;
use crate::http::pages;
use crate::operation::status::Status;

/// The page; it needs no script.
pub(crate) async fn show(State(app): State<Arc<App>>, asks: Result<Operator, Refusal>) -> Response {
    match asks {
        Ok(Operator) => {}
        Err(Refusal::Guest) => return Redirect::to("/login?next=/status").into_response(),
        Err(refusal) => return refusal.into_response(),
    }
    let parts = app.readiness.look(&app).await;
    page(StatusCode::OK, |nonce| pages::State {
        now: Status::of(&app),
        parts,
        assets: assets::LINKS,
        nonce,
    })
}

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    _asks: Operator,
) -> Result<Json<Value>, Refusal> {
    let parts = probes::described(&app.readiness.look(&app).await);
    let status = serde_json::to_value(Status::of(&app));
    let mut status = status.map_err(|error| Refusal::Trouble(error.into()))?;
    status["parts"] = json!(parts);
    Ok(Json(status))
}
