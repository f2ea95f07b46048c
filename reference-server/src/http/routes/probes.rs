//! The server's own state: does it serve, may it get requests, and what does it count.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::http::app::App;
use crate::http::openapi::METRICS;
use crate::http::proxy::Client;
use crate::operation::readiness::Part;

/// 200 as long as the process serves; no session is made.
pub(crate) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok", "service": "reference-server" }))
}

/// 200 when every part is as it must be, otherwise 503; each part says what is wrong with it.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Response {
    let parts = app.readiness.look(&app).await;
    let well = parts.iter().all(|part| part.trouble.is_none());
    let (status, word) = if well {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    let parts = described(&parts);
    (status, Json(json!({ "status": word, "parts": parts }))).into_response()
}

/// Each part by its name, and what is wrong with it.
pub(super) fn described(parts: &[Part]) -> serde_json::Map<String, Value> {
    let described = parts.iter().map(|part| {
        let state = match part.trouble {
            None => json!({ "ok": true }),
            Some(trouble) => json!({ "ok": false, "trouble": trouble }),
        };
        (part.name.to_owned(), state)
    });
    described.collect()
}

/// What the server counts, for this machine alone.
pub(crate) async fn metrics(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
) -> Response {
    if !client.is_local() {
        return (StatusCode::NOT_FOUND, "there is no such page\n").into_response();
    }
    app.measure();
    ([(header::CONTENT_TYPE, METRICS)], app.metrics.text()).into_response()
}
