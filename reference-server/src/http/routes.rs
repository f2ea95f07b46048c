//! The HTTP routes: login, logout, a user's own actions, uploads and sessions, the
//! server's state, and what the pages link.
//!
//! Who asks is read from the session alone. A request that changes something comes from our own pages
//! or carries the session's token; one from a foreign origin is refused whatever it carries.

mod actions;
mod caller;
mod login;
mod probes;
pub(crate) mod refusal;
mod sessions;
mod status;
pub(crate) mod uploads;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{get, post};
use tower_http::timeout::TimeoutLayer;

use crate::http::app::App;
use crate::http::assets;
use crate::http::openapi;

/// Bytes that a form or a JSON body may have.
const SMALL_BODY: usize = 64 << 10;

/// Every route. A request to one takes at most `timeout`, its body included; a transport of Socket.IO is
/// no route, and long-lived.
pub(crate) fn router(app: Arc<App>, timeout: Duration) -> Router {
    let most = app.live().settings.max_content_length;
    let upload_limit = usize::try_from(most).unwrap_or(usize::MAX);
    Router::new()
        .route("/", get(login::home))
        .route("/login", get(login::login_page).post(login::login))
        .route("/logout", post(login::logout))
        .route("/api/actions", get(actions::list).post(actions::start))
        .route(
            "/api/actions/{id}",
            get(actions::read).delete(actions::stop),
        )
        .route(
            "/api/sessions",
            get(sessions::list).delete(sessions::end_all),
        )
        .route("/status", get(status::show))
        .route("/api/status", get(status::read))
        .route("/static/{name}", get(assets::answer))
        .route("/api/sessions/{id}", axum::routing::delete(sessions::end))
        .layer(DefaultBodyLimit::max(SMALL_BODY))
        .merge(
            Router::new()
                .route("/upload", post(uploads::upload))
                .layer(DefaultBodyLimit::max(upload_limit)),
        )
        .route("/health", get(probes::health))
        .route("/ready", get(probes::ready))
        .route("/metrics", get(probes::metrics))
        .route("/openapi.json", get(openapi::answer))
        .fallback(|| async { (StatusCode::NOT_FOUND, "there is no such page\n") })
        .method_not_allowed_fallback(|| async {
            (
                StatusCode::METHOD_NOT_ALLOWED,
                "this page does not do that\n",
            )
        })
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            timeout,
        ))
        .with_state(app)
}
