//! Where something stands: a name, or a line and a column of a text.

use std::fmt;
use std::ops::Range;

use crate::printable::printable;

/// Bytes of a line that are kept on each side of what is wrong: a line may be as long as its file, and a screen shows
/// far less of it than this.
const AROUND: usize = 1000;

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    file: String,
    at: Option<Spot>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// From 1.
    pub(crate) line: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
    pub(crate) source: Option<Source>,
}

/// The line itself, or the part of it around what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) text: String,
    /// What is wrong, in bytes of `text`.
    pub(crate) span: Range<usize>,
}

impl Place {
    /// A file as a whole, a folder, a setting in the environment, an address: whatever has a name.
    #[must_use]
    pub fn named(name: impl fmt::Display) -> Self {
        Self {
            file: name.to_string(),
            at: None,
        }
    }

    /// The bytes `span` of `text`, which stands in `file`. A span past the text's end is its end.
    #[must_use]
    pub fn span(file: impl fmt::Display, text: &str, span: Range<usize>) -> Self {
        let start = on_a_letter(text, span.start);
        let begins = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line = text[begins..].lines().next().unwrap_or_default();
        let from = (start - begins).min(line.len());
        // What goes on in later lines is marked to the end of the first.
        let to = on_a_letter(text, span.end.max(start)) - begins;
        let to = to.clamp(from, line.len());
        Self {
            file: file.to_string(),
            at: Some(Spot {
                line: text[..start].matches('\n').count() + 1,
                column: line[..from].chars().count() + 1,
                source: Some(Source::around(line, from..to)),
            }),
        }
    }

    /// The bytes `span` of the line of this number, from 1, in a text that is too long to be kept.
    #[must_use]
    pub fn in_line(file: impl fmt::Display, number: usize, line: &str, span: Range<usize>) -> Self {
        let mut place = Self::span(file, line, span);
        if let Some(spot) = &mut place.at {
            spot.line = number.saturating_add(spot.line - 1);
        }
        place
    }

    /// The word at a line and a column of `text`, both from 1, the column in characters. It ends where white space
    /// or the punctuation of YAML and JSON begins. A place past the end of the text is shown without its line.
    #[must_use]
    pub fn word(file: impl fmt::Display, text: &str, line: usize, column: usize) -> Self {
        let found = text.split('\n').nth(line.saturating_sub(1));
        let Some(found) = found else {
            return Self::bare(file, line, column);
        };
        let before = text.split('\n').take(line.saturating_sub(1));
        let begins: usize = before.map(|line| line.len() + 1).sum();
        let letters = found.char_indices().map(|(at, _)| at);
        let from = { letters }.nth(column.saturating_sub(1));
        let from = from.unwrap_or(found.trim_end().len());
        let rest = &found[from..];
        let quoted = rest.starts_with(['"', '\'']);
        let ends = |(at, letter): (usize, char)| {
            let is_end = if quoted {
                at > 0 && rest.starts_with(letter)
            } else {
                letter.is_whitespace() || matches!(letter, ',' | ']' | '}' | ':' | '#')
            };
            is_end.then_some(if quoted { at + 1 } else { at })
        };
        let n_bytes = rest.char_indices().find_map(ends).unwrap_or(rest.len());
        let one = rest.chars().next().map_or(0, char::len_utf8);
        let start = begins + from;
        Self::span(file, text, start..start + n_bytes.max(one))
    }

    /// A line and a column, from 1, of a text that is not there to be shown.
    #[must_use]
    pub fn bare(file: impl fmt::Display, line: usize, column: usize) -> Self {
        Self {
            file: file.to_string(),
            at: Some(Spot {
                line,
                column,
                source: None,
            }),
        }
    }

    /// The same place without the line itself: for a line that holds a secret.
    #[must_use]
    pub fn masked(mut self) -> Self {
        if let Some(spot) = &mut self.at {
            spot.source = None;
        }
        self
    }

    /// The same place in a file of another name: for a text that was read before its name was known.
    #[must_use]
    pub fn in_file(mut self, file: impl fmt::Display) -> Self {
        self.file = file.to_string();
        self
    }

    /// The line that is shown, or the part of it that is.
    #[must_use]
    pub fn line_shown(&self) -> Option<&str> {
        let source = self.at.as_ref()?.source.as_ref()?;
        Some(&source.text)
    }

    /// The line, from 1, where it is known.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.at.as_ref().map(|spot| spot.line)
    }

    pub(crate) const fn spot(&self) -> Option<&Spot> {
        self.at.as_ref()
    }
}

impl Source {
    /// The part of `line` around `span`, with nothing in it that a terminal would obey. Both ends of `span` are within
    /// the line, between letters.
    fn around(line: &str, span: Range<usize>) -> Self {
        let from = line.floor_char_boundary(span.start.saturating_sub(AROUND));
        let to = line.ceil_char_boundary(span.start.saturating_add(AROUND).min(line.len()));
        let before = printable(&line[from..span.start]);
        let marked = printable(&line[span.start..span.end.min(to)]);
        let after = printable(&line[span.end.min(to)..to]);
        let span = before.len()..before.len() + marked.len();
        Self {
            text: before + &marked + &after,
            span,
        }
    }
}

/// `file:line:column`, as compilers and editors write it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match &self.at {
            Some(spot) => write!(f, ":{}:{}", spot.line, spot.column),
            None => Ok(()),
        }
    }
}

/// The nearest place at or before `at` at which a letter begins.
fn on_a_letter(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}
