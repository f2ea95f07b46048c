//! Answers that several handlers give: a page, and an answer with a cookie.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::refusal::Refusal;
use crate::http::protection;

/// A page, with a policy that lets only scripts with its nonce run.
pub(super) fn page<T: Template>(status: StatusCode, fill: impl FnOnce(String) -> T) -> Response {
    let nonce = format!("{:032x}", rand::random::<u128>());
    let policy = protection::policy(&nonce);
    match fill(nonce).render() {
        Ok(text) => {
            let headers = [
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                (header::CONTENT_SECURITY_POLICY, policy),
            ];
            (status, headers, Html(text)).into_response()
        }
        Err(error) => Refusal::Trouble(std::io::Error::other(error)).into_response(),
    }
}

pub(super) fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
