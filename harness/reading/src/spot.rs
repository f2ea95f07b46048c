//! Where something stands in the text of a file.

use std::fmt;

use crate::yaml;
use diagnostics::Place;
use serde_saphyr::Location;

/// A line and a column, and the word there if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot(Location);

impl Default for Spot {
    fn default() -> Self {
        Self::NOWHERE
    }
}

impl Spot {
    /// In no file.
    pub const NOWHERE: Self = Self(Location::UNKNOWN);

    /// Where the YAML reader saw it.
    pub const fn of(location: Location) -> Self {
        Self(location)
    }

    /// The line, from 1.
    pub fn line(self) -> u64 {
        self.0.line()
    }

    /// The byte of the text where it begins, where the reader knows it.
    pub fn byte(self) -> Option<usize> {
        let byte = self.0.span().byte_offset()?;
        usize::try_from(byte).ok()
    }

    /// Whether it is a word that can be marked. A map without braces is none.
    pub fn is_word(self) -> bool {
        !self.0.span().is_empty()
    }

    /// The place without its line.
    pub fn bare(self, file: impl fmt::Display) -> Place {
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Place::bare(file, number(self.0.line()), number(self.0.column()))
    }

    /// The place in `text`, which is the file's. Of a longer value only `part` is marked, where it stands in it.
    pub fn place(self, file: &str, text: &str, part: Option<&str>) -> Place {
        yaml::place(file, text, self.0, part)
    }
}
