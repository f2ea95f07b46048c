//! Server-sent events, as the HTML standard reads them.
//!
//! Written by hand, because the kept crates give the fields alone: what came as it came is the evidence here, with its
//! comments, and both a message and a stream without an end have to be bounded.

use super::pieces::{Ends, Pieces};
use crate::bounds::{Exceeded, LONGEST, within};

/// What stands between two empty lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The event's name; none where the stream gives none, which a browser calls `message`.
    pub event: Option<String>,
    /// Its data lines, joined. Without any, a browser hears nothing: comments, an id or `retry` alone.
    pub data: Option<String>,
    /// The last id of the stream so far.
    pub id: Option<String>,
    /// After how many milliseconds a client should come back, where this block says so.
    pub retry: Option<u64>,
    /// The lines as they came, each with `\n` at its end.
    pub raw: String,
}

/// Reads blocks from pieces.
#[derive(Debug)]
pub struct Blocks {
    pieces: Pieces,
    block: Block,
    id: Option<String>,
    is_first_line: bool,
}

impl Default for Blocks {
    fn default() -> Self {
        Self {
            pieces: Pieces::new(Ends::Either),
            block: Block::default(),
            id: None,
            is_first_line: true,
        }
    }
}

impl Blocks {
    /// Goes on after this id.
    #[must_use]
    pub fn after(id: Option<String>) -> Self {
        Self {
            id,
            ..Self::default()
        }
    }

    /// Takes a piece, and adds each block that it ends.
    ///
    /// # Errors
    /// When a block is too long.
    pub fn take(&mut self, piece: &[u8], blocks: &mut Vec<Block>) -> Result<(), Exceeded> {
        let Self {
            pieces,
            block,
            id,
            is_first_line,
        } = self;
        pieces.take(piece, |line| {
            let line = match std::mem::take(is_first_line) {
                true => line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line),
                false => &line,
            };
            let size = block.raw.len() + line.len() + 1;
            within("bytes of an event of a stream", size, LONGEST)?;
            let text = String::from_utf8_lossy(line);
            if !text.is_empty() {
                block.raw.push_str(&text);
                block.raw.push('\n');
                block.hear(&text, id);
            } else if !block.raw.is_empty() {
                let mut whole = std::mem::take(block);
                whole.id.clone_from(id);
                blocks.push(whole);
            }
            Ok(())
        })
    }

    /// The lines of a block that the end of the stream cut short. A browser drops them.
    pub fn rest(&mut self) -> Option<String> {
        let mut raw = std::mem::take(&mut self.block).raw;
        raw.push_str(&String::from_utf8_lossy(&self.pieces.rest()));
        (!raw.is_empty()).then_some(raw)
    }
}

impl Block {
    fn hear(&mut self, line: &str, last_id: &mut Option<String>) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.event = Some(value.to_owned()).filter(|name| !name.is_empty()),
            "data" => match &mut self.data {
                None => self.data = Some(value.to_owned()),
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
            },
            "id" if !value.contains('\0') => *last_id = Some(value.to_owned()),
            "retry" if value.bytes().all(|digit| digit.is_ascii_digit()) => {
                self.retry = value.parse().ok();
            }
            // A comment, or a field that nobody knows.
            _ => {}
        }
    }
}
