//! How a marker travelled.

use std::fmt;

/// How a marker was written in the bytes in which it was found. It reads as the end of a sentence: ` (in base64)`, or
/// nothing for a whole marker that stands there letter by letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Travel {
    /// It was in bytes that stood there as base64.
    pub(super) nested: bool,
    pub(super) coat: Coat,
    /// The sign of the escape.
    pub(super) escape: Option<u8>,
    /// With zero bytes between its letters.
    pub(super) wide: bool,
    /// How many letters of it were there, if not all.
    pub(super) preview: Option<u8>,
}

/// The encoding around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Coat {
    #[default]
    None,
    Base64,
    Hex,
    Numbers,
}

impl fmt::Display for Travel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let coat = match self.coat {
            Coat::None => None,
            Coat::Base64 => Some("in base64"),
            Coat::Hex => Some("in hexadecimal"),
            Coat::Numbers => Some("as a list of numbers"),
        };
        let escape = self.escape.map(|sign| match sign {
            b'%' => "percent-escaped",
            b'&' => "HTML-escaped",
            _ => "escaped with backslashes",
        });
        let preview = self.preview.map(|n| format!("a preview of {n} letters"));
        let nested = (self.nested).then_some("inside base64");
        let words = [
            preview.as_deref(),
            escape,
            self.wide.then_some("as UTF-16"),
            coat,
            nested,
        ];
        let words: Vec<&str> = words.into_iter().flatten().collect();
        if words.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", words.join(", "))
    }
}
