//! A text from outside, as a message of ours shows it: one line, at most 80 characters, nothing invisible.
//!
//! The title of a page is found by hand: this is a message for people, no page is judged by it, and most texts that
//! come here are not HTML.

use evidence::traces;

/// Characters of such a text that a message shows.
pub const SHOWN: usize = 80;
/// Bytes that are read on each side of the interesting part, however long the text is.
const WINDOW: usize = 1 << 10;

/// The beginning of `text`. For an HTML page it is the title, which says more than the first tags.
#[must_use]
pub fn start(text: &str) -> String {
    let head = &text[..text.floor_char_boundary(WINDOW)];
    let title = head.split_once("<title>").map(|(_, rest)| rest);
    let title = title.map(|rest| rest.split("</").next().unwrap_or_default());
    match title {
        Some(title) if head.trim_start().starts_with('<') => shown(title, 0, title.len()),
        _ => shown(head, 0, text.len()),
    }
}

/// The text around the first `what` in `text`, or the beginning of `text` if there is none.
#[must_use]
pub fn around(text: &str, what: &str) -> String {
    let Some(at) = text.find(what).filter(|_| !what.is_empty()) else {
        return start(text);
    };
    let room = SHOWN.saturating_sub(what.chars().count()) / 2;
    let before = text[..at].char_indices().rev().take(room).last();
    let from = before.map_or(at, |(index, _)| index);
    shown(&text[from..], from, text.len())
}

/// The beginning of `text` for a history, followed by every marker in the rest: a message may leave them out, but the
/// evidence may not.
pub(crate) fn with_markers(first: &str, text: &str) -> String {
    let mut kept = first.to_owned();
    for marker in traces(text.as_bytes()) {
        if !first.contains(&marker) {
            kept += &format!("\n… {marker}");
        }
    }
    kept
}

/// The first characters of `rest`, which begins at `from` in a text of `length` bytes.
fn shown(rest: &str, from: usize, length: usize) -> String {
    let window = &rest[..rest.floor_char_boundary(WINDOW)];
    let words: Vec<&str> = window.split_whitespace().collect();
    let line = words.join(" ");
    let mut text = String::new();
    let mut cut = from + window.len() < length;
    for (index, letter) in line.chars().enumerate() {
        if index == SHOWN {
            cut = true;
            break;
        }
        visible(letter, &mut text);
    }
    let before = if from > 0 { "… " } else { "" };
    let after = if cut { " …" } else { "" };
    format!("{before}{text}{after}")
}

/// Characters that a terminal would obey or hide are written as escapes.
fn visible(letter: char, text: &mut String) {
    if matches!(letter, '"' | '\'' | '\\') {
        text.push(letter);
    } else {
        text.extend(letter.escape_debug());
    }
}

#[cfg(test)]
mod tests {
    use evidence::{Marker, UserName};

    use super::*;

    #[track_caller]
    fn check(text: &str, what: &str, is: &str) {
        assert_eq!(around(text, what), is);
    }

    #[test]
    fn an_excerpt_is_one_line_without_control_characters() {
        check("no", "", "no");
        check("a\r\n  b\tc", "", "a b c");
        check("\u{1b}[31mred\u{7}", "", "\\u{1b}[31mred\\u{7}");
        check("a\u{202e}b", "", "a\\u{202e}b");
        check("{\"error\":\"full\"}", "", "{\"error\":\"full\"}");
        let page = "<!doctype html>\n<html><title>No such\n kind</title><body>…";
        check(page, "", "No such kind");
    }

    #[test]
    fn an_excerpt_of_a_long_text_has_eighty_characters() {
        let page = format!(
            "<html>{}the needle{}",
            "é ".repeat(40_000),
            "ö".repeat(40_000)
        );
        for text in [start(&page), around(&page, "the needle")] {
            assert!(text.chars().count() <= SHOWN + 4, "{text}");
        }
        assert!(around(&page, "the needle").contains("é the needleöö"));
        assert!(start(&"x".repeat(81)).ends_with("x …"));
        assert_eq!(start(&"x".repeat(80)), "x".repeat(80));
    }

    #[test]
    fn no_marker_is_left_out_of_the_evidence() {
        let marker = Marker::new(&UserName::from("amy"), 7);
        let page = format!("{}{marker}", "x".repeat(1000));
        let kept = with_markers(&start(&page), &page);
        assert_eq!(Marker::find_all(kept.as_bytes()).count(), 1);
        assert!(kept.len() < 200, "{kept}");
        assert_eq!(
            with_markers(marker.as_str(), marker.as_str()),
            marker.as_str()
        );
    }
}
