//! The errors and the places of the YAML reader, as ours show them.

use diagnostics::Place;
use serde_saphyr::{Error, Location};

/// What the reader says is wrong, in one line and without the place, which is shown beside it.
#[must_use]
pub fn words(error: &Error) -> String {
    let error = error.without_snippet();
    if let Error::DuplicateMappingKey { key: Some(key), .. } = error {
        return format!("the name `{key}` is there twice");
    }
    let words = error.to_string();
    let first = words.lines().next().unwrap_or("not valid YAML");
    let bare = first.split(" at line ").next().unwrap_or_default();
    bare.to_owned()
}

/// Where the reader saw something in `text`, which stands in `file`. Of a longer value only `part` is marked, where it
/// stands in it.
#[must_use]
pub fn place(file: &str, text: &str, at: Location, part: Option<&str>) -> Place {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let span = at.span();
    let bytes = span.byte_offset().zip(span.byte_len());
    let bytes = bytes.map(|(from, length)| (number(from), number(length)));
    let whole = bytes.and_then(|(from, length)| Some((from, text.get(from..from + length)?)));
    match whole {
        Some((from, whole)) if !whole.is_empty() => {
            let found = part.and_then(|part| Some((whole.find(part)?, part.len())));
            // A text in several lines ends with a line break.
            let (inside, length) = found.unwrap_or((0, whole.trim_end().len()));
            Place::span(file, text, from + inside..from + inside + length)
        }
        // A map without braces, or what is no YAML: it has no word of its own.
        _ => Place::word(file, text, number(at.line()), number(at.column())),
    }
}
