//! The page's assets: embedded files that `web/` builds, each with a digest of its content in its name.
//!
//! The content of a name never changes, so browsers may cache it for ever. Nothing is compressed while it is
//! served: the build has put a `.br` and a `.gz` next to each file.

use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::Embed;

#[derive(Embed)]
#[folder = "web/dist"]
struct Built;

/// The paths of the assets that the pages link.
pub(crate) struct Links {
    pub(crate) style: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) licences: &'static str,
    pub(crate) home: &'static str,
    pub(crate) login: &'static str,
    pub(crate) status: &'static str,
}

/// `build.rs` reads them from the manifest.
pub(crate) const LINKS: Links = Links {
    style: env!("PAGE_STYLE"),
    icon: env!("PAGE_ICON"),
    licences: env!("PAGE_LICENCES"),
    home: env!("PAGE_HOME"),
    login: env!("PAGE_LOGIN"),
    status: env!("PAGE_STATUS"),
};

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The encodings of a file, the smallest first, and the suffix of each.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

pub(crate) async fn answer(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(kind) = kind(&name) else {
        return nothing();
    };
    let accepted = headers.get_all(ACCEPT_ENCODING);
    let accepted: Vec<&str> = accepted
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let compressed = ENCODINGS
        .iter()
        .filter(|(encoding, _)| accepted.iter().any(|value| accepts(value, encoding)))
        .find_map(|(encoding, suffix)| Some((*encoding, Built::get(&format!("{name}{suffix}"))?)));
    let (encoding, file) = match compressed {
        Some((encoding, file)) => (Some(encoding), file),
        None => match Built::get(&name) {
            Some(file) => (None, file),
            None => return nothing(),
        },
    };
    let mut response = file.data.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, FOR_EVER);
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

fn nothing() -> Response {
    (StatusCode::NOT_FOUND, "there is no such page\n").into_response()
}

/// The type of a file, by its name. Nothing for files that no page links: the manifest, and the compressed files.
fn kind(name: &str) -> Option<&'static str> {
    if name.contains('/') || name.starts_with('.') {
        return None;
    }
    match name.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "txt" => Some("text/plain; charset=utf-8"),
        _ => None,
    }
}

/// Whether a client accepts this encoding: it names it, and not with a weight of zero.
fn accepts(value: &str, encoding: &str) -> bool {
    value.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused = parts.any(|part| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.trim().parse() == Ok(0.0))
        });
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_link_leads_to_a_file_in_each_encoding() {
        let Links {
            style,
            icon,
            licences,
            home,
            login,
            status,
        } = LINKS;
        for link in [style, icon, licences, home, login, status] {
            let name = link.strip_prefix("/static/").expect("one of ours");
            assert!(kind(name).is_some(), "{name}");
            for suffix in ["", ".br", ".gz"] {
                let file = Built::get(&format!("{name}{suffix}"));
                assert!(
                    file.is_some_and(|file| !file.data.is_empty()),
                    "{name}{suffix}"
                );
            }
        }
    }

    #[test]
    fn what_no_page_links_is_not_served() {
        for name in [
            "",
            "..",
            ".vite/manifest.json",
            "a.js.br",
            "a.js.gz",
            "a.html",
            "a",
        ] {
            assert_eq!(kind(name), None, "{name}");
        }
    }

    #[test]
    fn an_encoding_is_used_only_for_clients_that_accept_it() {
        assert!(accepts("gzip, deflate, BR", "br"));
        assert!(accepts("br;q=0.1", "br"));
        for value in ["", "gzip", "br;q=0", "br; q=0.000", "brotli", "*"] {
            assert!(!accepts(value, "br"), "{value}");
        }
    }
}
