//! Texts with references in braces: `{alice.countdown}`, `{alice/desktop.session}`, `{bob/desktop/1.sid}`.
//!
//! `{{` is a brace. What a reference stands for is known when the step runs.

use evidence::UserName;
use serde_json::Value;

use super::names::{ActionName, TabName};
use reading::spot::Spot;

/// What stands in braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// The id of an action.
    Action(ActionName),
    /// The value of a browser's session cookie.
    Session(TabName),
    /// The id of a tab's transport.
    Sid(TabName),
    /// What the session's cookie is called.
    SessionCookie,
    /// Sixteen random letters.
    Random,
    /// A word that is new in each run, and the same in all of it.
    Run,
}

/// A text or a reference.
enum Piece<'a> {
    Text(&'a str),
    /// As it is written, and what it means.
    Reference(&'a str, Reference),
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        pieces.push(Piece::Text(before));
        if let Some(escaped) = after.strip_prefix('{') {
            pieces.push(Piece::Text("{"));
            rest = escaped;
            continue;
        }
        let end = after.find('}').ok_or_else(|| rest[at..].to_owned())?;
        let whole = &rest[at..at + end + 2];
        let reference = reference(&after[..end]).ok_or_else(|| whole.to_owned())?;
        pieces.push(Piece::Reference(whole, reference));
        rest = &after[end + 1..];
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

fn reference(text: &str) -> Option<Reference> {
    match text {
        "random" => return Some(Reference::Random),
        "run" => return Some(Reference::Run),
        "session_cookie" => return Some(Reference::SessionCookie),
        _ => {}
    }
    let (left, right) = text.rsplit_once('.')?;
    match right {
        "session" => Some(Reference::Session(TabName::read(left, Spot::NOWHERE).ok()?)),
        "sid" => Some(Reference::Sid(TabName::read(left, Spot::NOWHERE).ok()?)),
        label if !left.is_empty() && !label.is_empty() && !left.contains('/') => {
            Some(Reference::Action(ActionName {
                user: UserName::from(left),
                label: label.to_owned(),
            }))
        }
        _ => None,
    }
}

/// Every reference in a text, with its braces, and what it means.
///
/// # Errors
/// What stands in braces and is none, with its braces.
pub(crate) fn references(text: &str) -> Result<Vec<(&str, Reference)>, String> {
    let pieces = pieces(text)?;
    Ok(pieces
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Reference(whole, reference) => Some((whole, reference)),
            Piece::Text(_) => None,
        })
        .collect())
}

/// The text with its references filled in.
///
/// # Errors
/// What stands in braces and is unknown.
pub(crate) fn fill(
    text: &str,
    lookup: &impl Fn(&Reference) -> Option<String>,
) -> Result<String, String> {
    let mut filled = String::new();
    for piece in pieces(text)? {
        match piece {
            Piece::Text(text) => filled += text,
            Piece::Reference(_, reference) => {
                filled += &lookup(&reference).ok_or_else(|| text.to_owned())?;
            }
        }
    }
    Ok(filled)
}

/// A JSON value with the references in its strings filled in.
///
/// # Errors
/// What stands in braces and is unknown.
pub(crate) fn fill_json(
    value: &Value,
    lookup: &impl Fn(&Reference) -> Option<String>,
) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(fill(text, lookup)?),
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| fill_json(item, lookup))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(entries) => Value::Object(
            entries
                .iter()
                .map(|(name, value)| Ok((name.clone(), fill_json(value, lookup)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}

/// Every string in a JSON value.
pub(crate) fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(entries) => entries.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_filled_and_braces_escaped() {
        let lookup = |reference: &Reference| match reference {
            Reference::Action(name) => Some(format!("<{} {}>", name.user, name.label)),
            Reference::Sid(tab) => Some(tab.to_string()),
            _ => None,
        };
        assert_eq!(
            fill("/a/{al.ice.run}/{{x}", &lookup),
            Ok("/a/<al.ice run>/{x}".to_owned())
        );
        assert_eq!(fill("{bob.sid}", &lookup), Ok("bob/desktop/1".to_owned()));
        for bad in ["{", "{x", "{}", "{x}", "{.x}", "{a/b.c}", "{random}"] {
            assert!(fill(bad, &lookup).is_err(), "{bad}");
        }
    }
}
