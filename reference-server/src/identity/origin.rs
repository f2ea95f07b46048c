//! Whether a request comes from the server's own pages or from another site.

use axum::http::{HeaderMap, header};

use crate::identity::client::Scheme;

/// What a browser says about a request's origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Our own page, or one from an origin that the settings allow.
    Own,
    /// A page of another site.
    Foreign,
    /// The request does not say: it comes from another program, or from an old browser.
    Unknown,
}

/// Reads `Origin`, or `Sec-Fetch-Site` if there is no `Origin`.
pub(crate) fn of(headers: &HeaderMap, allowed: &[String]) -> Origin {
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("null").to_lowercase())
    };
    if let Some(origin) = text(header::ORIGIN.as_str()) {
        let host = text(header::HOST.as_str()).unwrap_or_default();
        let own = origin.split_once("://").is_some_and(|(scheme, rest)| {
            scheme == Scheme::of(headers).as_str() && !host.is_empty() && rest == host
        });
        return if own || allowed.contains(&origin) {
            Origin::Own
        } else {
            Origin::Foreign
        };
    }
    match text("sec-fetch-site").as_deref() {
        Some("same-origin") => Origin::Own,
        Some("cross-site" | "same-site") => Origin::Foreign,
        _ => Origin::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_ours_or_not() {
        let check = |headers: &[(&'static str, &str)], expected| {
            let headers: HeaderMap = headers
                .iter()
                .map(|(name, value)| {
                    (
                        axum::http::HeaderName::from_static(name),
                        value.parse().expect("a value"),
                    )
                })
                .collect();
            assert_eq!(
                of(&headers, &["https://other.example".to_owned()]),
                expected,
                "{headers:?}"
            );
        };
        check(
            &[
                ("host", "a.example:5000"),
                ("origin", "http://a.example:5000"),
            ],
            Origin::Own,
        );
        check(
            &[("host", "a.example"), ("origin", "HTTPS://OTHER.example")],
            Origin::Own,
        );
        check(
            &[("host", "a.example"), ("origin", "http://evil.example")],
            Origin::Foreign,
        );
        check(
            &[
                ("host", "a.example"),
                ("x-forwarded-proto", "https"),
                ("origin", "https://a.example"),
            ],
            Origin::Own,
        );
        // A page that was loaded without TLS may have come from anybody.
        check(
            &[
                ("host", "a.example"),
                ("x-forwarded-proto", "https"),
                ("origin", "http://a.example"),
            ],
            Origin::Foreign,
        );
        check(
            &[("host", "a.example"), ("origin", "null")],
            Origin::Foreign,
        );
        check(&[("origin", "http://")], Origin::Foreign);
        check(&[("sec-fetch-site", "cross-site")], Origin::Foreign);
        check(&[("sec-fetch-site", "same-origin")], Origin::Own);
        check(&[], Origin::Unknown);
    }
}
