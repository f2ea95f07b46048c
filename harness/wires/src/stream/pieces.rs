//! Lines of bytes, from pieces that are cut anywhere. A line may end with `\n`, `\r\n` or, in server-sent events, with a
//! single `\r`.

use crate::bounds::{Exceeded, LONGEST, within};

/// How lines end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// With `\n` or `\r\n`.
    LineFeed,
    /// With these, or a single `\r`.
    Either,
}

/// The part of a line that has come.
#[derive(Debug)]
pub(super) struct Pieces {
    ends: Ends,
    line: Vec<u8>,
    /// The last line ended with `\r`: a `\n` that follows belongs to it.
    is_after_return: bool,
}

impl Pieces {
    pub(super) const fn new(ends: Ends) -> Self {
        Self {
            ends,
            line: Vec::new(),
            is_after_return: false,
        }
    }

    /// Takes a piece, and gives each line that it ends, without its end.
    pub(super) fn take(
        &mut self,
        mut piece: &[u8],
        mut each: impl FnMut(Vec<u8>) -> Result<(), Exceeded>,
    ) -> Result<(), Exceeded> {
        if self.is_after_return && !piece.is_empty() {
            self.is_after_return = false;
            piece = piece.strip_prefix(b"\n").unwrap_or(piece);
        }
        while let Some((line, rest)) = self.split(piece) {
            self.push(line)?;
            let mut line = std::mem::take(&mut self.line);
            if self.ends == Ends::LineFeed && line.ends_with(b"\r") {
                line.pop();
            }
            each(line)?;
            piece = rest;
        }
        self.push(piece)
    }

    /// What came after the last line.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.line)
    }

    fn push(&mut self, part: &[u8]) -> Result<(), Exceeded> {
        within("bytes of a line", self.line.len() + part.len(), LONGEST)?;
        self.line.extend_from_slice(part);
        Ok(())
    }

    /// The piece's first line without its end, and what follows.
    fn split<'a>(&mut self, piece: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let is_end = |byte: &u8| *byte == b'\n' || (self.ends == Ends::Either && *byte == b'\r');
        let (line, rest) = piece.split_at(piece.iter().position(is_end)?);
        let (end, rest) = rest.split_first()?;
        if *end == b'\n' {
            return Some((line, rest));
        }
        self.is_after_return = rest.is_empty();
        Some((line, rest.strip_prefix(b"\n").unwrap_or(rest)))
    }
}
