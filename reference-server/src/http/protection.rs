//! The headers that protect a browser in every answer: load nothing foreign, guess no types, use no frames, cache
//! nothing.
//!
//! A page sets a policy with its own nonce; all other answers get one that lets nothing load.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::identity::client::Scheme;

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

const NOTHING: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The policy of a page: it may load scripts and styles with its nonce, and our own images and answers. Scripts may
/// only insert HTML that comes from DOMPurify.
pub(crate) fn policy(nonce: &str) -> HeaderValue {
    let text = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self'; \
         connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types dompurify"
    );
    // A nonce is hexadecimal, so this cannot fail. If it did, the page would load nothing, which is safe.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(NOTHING))
}

/// The middleware. It adds the headers that an answer does not set itself.
pub(crate) async fn add(request: Request, next: Next) -> Response {
    let scheme = Scheme::of(request.headers());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, NOTHING),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
        (
            PERMISSIONS_POLICY,
            "camera=(), geolocation=(), microphone=()",
        ),
        (OPENER_POLICY, "same-origin"),
        (RESOURCE_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if scheme == Scheme::Https {
        let years = HeaderValue::from_static("max-age=63072000");
        headers.entry(STRICT_TRANSPORT_SECURITY).or_insert(years);
    }
    response
}
