//! The part of an HTTP answer that a history keeps: everything except secrets and the middle of long bodies.

use evidence::traces;
use sha2::{Digest, Sha256};
use targets::language::came::Came;

/// Bytes of a body that a history keeps; the markers in the rest are kept beside it.
const KEPT: usize = 64 << 10;
/// More bytes than a marker has in any encoding.
const SEAM: usize = 512;

/// The answer as text.
pub(crate) fn frame(first: &str, came: &Came, is_cut: bool) -> String {
    let mut text = format!("{first}\n");
    for (name, value) in &came.headers {
        let shown = match name.as_str() {
            "set-cookie" => without_value(value),
            _ => value.clone(),
        };
        text += &format!("{name}: {shown}\n");
    }
    text.push('\n');
    let body = came.body.as_deref().unwrap_or_default();
    let (kept, rest) = body.split_at(body.floor_char_boundary(KEPT));
    text += kept;
    // A marker that begins in the kept part and ends in the rest is in neither.
    let seam = body.floor_char_boundary(kept.len().saturating_sub(SEAM));
    for marker in traces(&body.as_bytes()[seam..]).filter(|_| !rest.is_empty()) {
        text += &format!("\n… {marker}");
    }
    if is_cut {
        text += "\n… (the rest is longer than can be read)";
    }
    text
}

/// The same without the body, which may hold a secret: the markers in it are kept all the same.
pub(crate) fn without_body(first: &str, came: &Came) -> String {
    let body = came.body.as_deref().unwrap_or_default();
    let bare = Came {
        body: None,
        ..came.clone()
    };
    let mut text = frame(first, &bare, false);
    for marker in traces(body.as_bytes()) {
        text += &format!("\n… {marker}");
    }
    text
}

/// The header of a cookie without its value. It is split here and not by the crate that parses cookies, because a
/// header that no browser would take may hold a secret too.
fn without_value(cookie: &str) -> String {
    let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    // Markers are not secrets, and one in a cookie is a leak like any other.
    let markers: String = traces(value.as_bytes())
        .map(|marker| format!(" {marker}"))
        .collect();
    format!("{name}=(sha256 {}{markers});{attributes}", digest(value))
}

/// SHA-256 in hexadecimal.
pub(crate) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use evidence::{Marker, UserName};

    use super::*;

    fn came(cookie: &str, body: String) -> Came {
        Came {
            headers: vec![("set-cookie".to_owned(), cookie.to_owned())],
            body: Some(body),
            ..Came::default()
        }
    }

    #[test]
    fn the_history_has_every_marker_and_no_cookie_value() {
        let marker = Marker::new(&UserName::from("amy"), 7);
        let body = format!("{}{marker}", "é".repeat(KEPT));
        let came = came(&format!("s=secret{marker}; Path=/"), body);
        let text = frame("HTTP 200", &came, false);
        assert!(!text.contains("secret"));
        assert_eq!(Marker::find_all(text.as_bytes()).count(), 2);
        assert!(text.len() < 2 * KEPT);
    }

    #[test]
    fn a_marker_across_the_cut_is_found_and_the_cut_is_noted() {
        let marker = Marker::new(&UserName::from("amy"), 7);
        for before in KEPT - 30..KEPT + 3 {
            let body = format!("{}{marker}{}", "x".repeat(before), "y".repeat(99));
            let text = frame("HTTP 200", &came("a=b", body), true);
            let found = Marker::find_all(text.as_bytes()).next();
            assert!(found.is_some(), "{before}");
            assert!(text.ends_with("can be read)"));
        }
    }
}
