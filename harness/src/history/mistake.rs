//! What is wrong with a line of a history, and where in that line. A line that speaks of a secret is not shown.

use std::error::Error;
use std::ops::Range;
use std::path::Path;

use diagnostics::{Diagnostic, Place};
use evidence::history::HistoryError;
use reading::secret;

const RESTORE: &str = "restore the file as the recorder wrote it";

/// The mistake in this line.
pub(super) fn in_history(path: &Path, error: &HistoryError, line: &str) -> Diagnostic {
    let (mut what, mut said) = (error.to_string(), String::new());
    if let Some(cause) = error.source() {
        said = cause.to_string();
        // The reader counts the line alone, and the place is shown beside it.
        let cause = said.split(" at line ").next().unwrap_or_default();
        what += &format!(": {cause}");
    }
    let span = match (error, error.column()) {
        (HistoryError::Empty, _) => {
            return Diagnostic::new(what, Place::named(path.display()), error.fix());
        }
        (HistoryError::Version(_), _) => word_in(line, "airtight_history"),
        (HistoryError::Order { .. }, _) => word_in(line, "seq"),
        (_, Some(column)) => quoted(&said)
            .filter(|name| line.contains(name))
            .map_or_else(|| token_before(line, column), |name| word_in(line, name)),
        (_, None) => 0..0,
    };
    let place = Place::in_line(path.display(), error.line(), line, span);
    shown(Diagnostic::new(what, place, error.fix()), line)
}

/// The line of this number is no text from byte `at` on.
pub(super) fn not_text(path: &Path, number: usize, line: &[u8], at: usize) -> Diagnostic {
    let line = String::from_utf8_lossy(line);
    let place = Place::in_line(path.display(), number, &line, at..at + 1);
    shown(
        Diagnostic::new("the history is not UTF-8", place, RESTORE),
        &line,
    )
}

/// The place of a word in a line.
pub(super) fn word(path: &Path, number: usize, line: &str, word: &str) -> Place {
    let place = Place::in_line(path.display(), number, line, word_in(line, word));
    if secret::is_mentioned_in(line) {
        place.masked()
    } else {
        place
    }
}

fn shown(diagnostic: Diagnostic, line: &str) -> Diagnostic {
    if secret::is_mentioned_in(line) {
        secret::hidden(diagnostic)
    } else {
        diagnostic
    }
}

/// The name that a message says is unknown.
fn quoted(said: &str) -> Option<&str> {
    let (_, rest) = said
        .split_once("unknown variant `")
        .or(said.split_once("unknown field `"))?;
    rest.split('`').next()
}

/// A name in a line of JSON: with its quotes, and with the number behind its colon.
fn word_in(line: &str, word: &str) -> Range<usize> {
    let quoted = format!("\"{word}\"");
    let Some(from) = line.find(&quoted) else {
        return 0..0;
    };
    let end = from + quoted.len();
    let rest = line[end..].strip_prefix(':').unwrap_or_default();
    let number = rest.len()
        - rest
            .trim_start_matches(|letter: char| letter.is_ascii_digit())
            .len();
    from..if number > 0 { end + 1 + number } else { end }
}

/// The string, the number or the sign that ends at this byte of a line of JSON, from 1.
pub(crate) fn token_before(line: &str, column: usize) -> Range<usize> {
    let end = line.floor_char_boundary(column);
    let before = &line[..end];
    let from = if let Some(inside) = before.strip_suffix('"') {
        inside.rfind('"').unwrap_or(0)
    } else {
        let in_word = |letter: char| letter.is_alphanumeric() || "+-._".contains(letter);
        before.trim_end_matches(in_word).len()
    };
    let last = before.char_indices().next_back().map_or(0, |(at, _)| at);
    from.min(last)..end
}

#[cfg(test)]
mod tests {
    use evidence::history::Lines;

    use super::*;

    const HEADER: &str = "{\"airtight_history\":1,\"scenario\":\"x\",\"rules\":[],\"users\":[],\"expect\":[],\"seed\":1}";

    /// What is marked in a line that is none.
    fn marked(line: &str) -> String {
        let mut lines = Lines::begin(HEADER).expect("a header");
        let error = lines.next(line).expect_err(line);
        let shown = in_history(Path::new("h.jsonl"), &error, line).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[1].starts_with(" --> h.jsonl:2:"), "{shown}");
        let Some(from) = lines.get(4).and_then(|carets| carets.find('^')) else {
            return shown;
        };
        lines[3][from..from + lines[4].matches('^').count()].to_owned()
    }

    #[test]
    fn the_caret_stands_under_what_was_read_last() {
        assert_eq!(marked("7"), "7");
        assert_eq!(marked("{\"seq\":\"one\"}"), "\"one\"");
        assert_eq!(marked("{\"seq\":1,}"), "}");
        assert_eq!(marked("{\"seq\":-12}"), "-12");
        let place = "\"place\":{\"user\":\"amy\",\"session\":\"x\",\"tab\":null}";
        let line = |seq: u64, what: &str| {
            format!("{{\"seq\":{seq},\"at_us\":1,{place},\"what\":\"{what}\"}}")
        };
        assert_eq!(marked(&line(1, "dances")), "\"dances\"");
        assert_eq!(marked(&line(9, "session_ended")), "\"seq\":9");
    }

    #[test]
    fn no_error_shows_a_secret() {
        for line in [
            "{\"seq\":\"hunter2\",\"password\":1}",
            "{\"seq\":1,\"frame\":\"Set-Cookie: session=hunter2\"",
            "{\"seq\":1,\"at_us\":\"Authorization: hunter2\"}",
            "token=hunter2",
            "{\"seq\":1,\"at_us\":1,\"place\":1,\"what\":\"cookie hunter2\"}",
        ] {
            let shown = marked(line);
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains("= fix: restore the file"), "{shown}");
        }
        let line = b"password \xff hunter2";
        let shown = not_text(Path::new("h"), 7, line, 9).to_string();
        assert!(
            shown.contains("--> h:7:10\n") && !shown.contains("hunter2"),
            "{shown}"
        );
    }

    #[test]
    fn of_a_long_line_a_part_is_shown() {
        let frame = "é".repeat(1 << 20);
        let line =
            format!("{{\"seq\":1,\"frame\":\"{frame}\",\"at_us\":\"x\",\"frame\":\"{frame}\"}}");
        let mut lines = Lines::begin(HEADER).expect("a header");
        let error = lines.next(&line).expect_err("no history");
        let shown = in_history(Path::new("h"), &error, &line).to_string();
        assert!(
            shown.lines().all(|line| line.chars().count() < 200),
            "{shown}"
        );
        assert!(shown.contains("\"x\"") && shown.contains("^^^"), "{shown}");
    }
}
