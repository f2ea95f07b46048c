//! Builds the router and the description from the table of routes.

use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::{Extension, Router};
use tower_http::timeout::TimeoutLayer;

use super::app::App;
use super::openapi::Description;
use super::probes;
use super::table::{self, BodyLimit};

/// The largest form or JSON body in bytes.
const SMALL_BODY: usize = 64 << 10;

/// The router with every route. A request takes at most `timeout`, including its body. Transports of Socket.IO
/// live longer; they are not routes.
pub(crate) fn router(app: App, timeout: Duration, largest_upload: u64) -> Router {
    let (mut small, mut uploads, mut described) = (Router::new(), Router::new(), Vec::new());
    for route in table::routes() {
        let limited = match route.body {
            BodyLimit::Small => &mut small,
            BodyLimit::Upload => &mut uploads,
        };
        *limited = std::mem::take(limited).route(route.path, route.handler);
        described.push((route.path, route.method, route.operation));
    }
    let largest_upload = usize::try_from(largest_upload).unwrap_or(usize::MAX);
    small
        .layer(DefaultBodyLimit::max(SMALL_BODY))
        .merge(uploads.layer(DefaultBodyLimit::max(largest_upload)))
        .layer(Extension(Description::of(described.into_iter())))
        .fallback(probes::unknown)
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
