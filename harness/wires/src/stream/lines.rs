//! JSON lines: one value a line. A record separator before a line is part of JSON text sequences.

use super::pieces::{Ends, Pieces};
use crate::bounds::Exceeded;

/// Reads lines from pieces.
#[derive(Debug)]
pub struct Lines(Pieces);

impl Default for Lines {
    fn default() -> Self {
        Self(Pieces::new(Ends::LineFeed))
    }
}

impl Lines {
    /// Takes a piece, and adds each line that it ends and that is not empty.
    ///
    /// # Errors
    /// When a line is too long.
    pub fn take(&mut self, piece: &[u8], lines: &mut Vec<String>) -> Result<(), Exceeded> {
        self.0.take(piece, |line| {
            lines.extend(text(&line));
            Ok(())
        })
    }

    /// What came after the last end of a line. A last line needs none.
    pub fn rest(&mut self) -> Option<String> {
        let mut line = self.0.rest();
        if line.ends_with(b"\r") {
            line.pop();
        }
        text(&line)
    }
}

fn text(line: &[u8]) -> Option<String> {
    let line = line.strip_prefix(b"\x1e").unwrap_or(line);
    (!line.is_empty()).then(|| String::from_utf8_lossy(line).into_owned())
}
