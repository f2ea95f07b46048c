//! Refused requests: the status, what is wrong, and what to do.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What every refusal looks like: what is wrong, and one sentence on what to do.
#[derive(Serialize, ToSchema)]
pub(crate) struct Refused {
    error: String,
    fix: String,
}

/// Why a request is refused.
pub(crate) enum Refusal {
    Guest,
    Foreign,
    /// The page belongs to another session than the cookie's.
    OtherSession,
    NoAction,
    NoSession,
    /// Only operators may see the page. Others get the same answer as for a page that does not exist.
    NoPage,
    Wrong {
        error: String,
        fix: String,
    },
    Busy {
        error: String,
        fix: &'static str,
    },
    TooLarge,
    /// The caller's uploads have reached their limit.
    Full,
    Trouble(std::io::Error),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error, fix) = match self {
            Self::Guest => (
                StatusCode::UNAUTHORIZED,
                "you are not logged in".to_owned(),
                "log in at /login".to_owned(),
            ),
            Self::Foreign => (
                StatusCode::FORBIDDEN,
                "the request does not come from this server's pages".to_owned(),
                "send the page's token in X-CSRF-Token, or this server's address in Origin"
                    .to_owned(),
            ),
            Self::OtherSession => (
                StatusCode::CONFLICT,
                "this page belongs to another session than the browser's cookie".to_owned(),
                "load the page again".to_owned(),
            ),
            Self::NoAction => (
                StatusCode::NOT_FOUND,
                "no such action".to_owned(),
                "see GET /api/actions".to_owned(),
            ),
            Self::NoSession => (
                StatusCode::NOT_FOUND,
                "there is no such session".to_owned(),
                "see GET /api/sessions".to_owned(),
            ),
            Self::NoPage => (
                StatusCode::NOT_FOUND,
                "there is no such page".to_owned(),
                "see GET /openapi.json".to_owned(),
            ),
            Self::Wrong { error, fix } => (StatusCode::BAD_REQUEST, error, fix),
            Self::Busy { error, fix } => (StatusCode::CONFLICT, error, fix.to_owned()),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body is too large".to_owned(),
                "send a smaller one".to_owned(),
            ),
            Self::Full => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "your uploads have reached their limit".to_owned(),
                "ask the operator to remove some".to_owned(),
            ),
            Self::Trouble(error) => {
                tracing::error!(%error, "a request failed");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the server could not handle the request".to_owned(),
                    "try again later".to_owned(),
                )
            }
        };
        (status, Json(Refused { error, fix })).into_response()
    }
}
