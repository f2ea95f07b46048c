//! The body of an answer, however long: its beginning in memory, and every marker in the rest.
//!
//! An answer from outside may have no end. Both what is kept and what is read are bounded, and an answer that was cut
//! says so.

use std::collections::BTreeSet;

use evidence::{Joiner, Sighting};
use reqwest::Response;

/// Bytes of one answer that are kept in memory.
const KEPT: usize = 16 << 20;
/// Bytes of one answer that are searched for markers; reading ends there.
const READ: usize = 256 << 20;
/// Markers that are kept from the part that is not kept as text.
const MARKERS: usize = 10_000;
/// Bytes of the kept part that are searched again with the rest, because a marker may stand across the cut.
const SEAM: usize = 512;

/// An answer's body.
#[derive(Debug, Default)]
pub(crate) struct Text {
    /// The beginning, or all of it.
    pub(crate) text: String,
    /// A note for a body that was cut; empty otherwise.
    pub(crate) cut: String,
    /// The markers in the part that was cut off, and what may be the beginning of one.
    pub(crate) markers: BTreeSet<String>,
}

/// Reads a body.
///
/// # Errors
/// When the connection ends before it does.
pub(crate) async fn read(answer: Response) -> Result<Text, reqwest::Error> {
    read_up_to(KEPT, answer).await
}

/// Reads a body and keeps at most `most_kept` bytes.
///
/// # Errors
/// When the connection ends before it does.
pub(crate) async fn read_up_to(
    most_kept: usize,
    mut answer: Response,
) -> Result<Text, reqwest::Error> {
    let mut reader = Reader::new(most_kept, READ);
    while let Some(piece) = answer.chunk().await? {
        if !reader.take(&piece) {
            break;
        }
    }
    Ok(reader.end())
}

struct Reader {
    kept: Vec<u8>,
    most_kept: usize,
    most_read: usize,
    read: usize,
    /// Searches the part that is not kept, from shortly before the cut on.
    joiner: Joiner,
    markers: BTreeSet<String>,
    /// The body went on, but reading stopped.
    is_endless: bool,
}

impl Reader {
    fn new(most_kept: usize, most_read: usize) -> Self {
        Self {
            kept: Vec::new(),
            most_kept,
            most_read,
            read: 0,
            joiner: Joiner::default(),
            markers: BTreeSet::new(),
            is_endless: false,
        }
    }

    /// Takes a piece. Gives false when no more should be read.
    fn take(&mut self, piece: &[u8]) -> bool {
        self.read += piece.len();
        let room = self.most_kept - self.kept.len();
        let (kept, rest) = piece.split_at(room.min(piece.len()));
        self.kept.extend_from_slice(kept);
        if !rest.is_empty() {
            if self.read - rest.len() == self.kept.len() {
                let from = self.kept.len().saturating_sub(SEAM);
                let kept = self.kept.split_off(from);
                self.search(&kept);
                self.kept.extend(kept);
            }
            self.search(rest);
        }
        self.is_endless = self.read >= self.most_read || self.markers.len() >= MARKERS;
        !self.is_endless
    }

    fn search(&mut self, piece: &[u8]) {
        let found = self.joiner.take(piece);
        self.markers.extend(found.iter().map(Sighting::trace));
    }

    fn end(mut self) -> Text {
        let found = self.joiner.end();
        self.markers.extend(found.iter().map(Sighting::trace));
        let mebibytes = self.most_kept >> 20;
        let cut = match (self.is_endless, self.read > self.kept.len()) {
            (true, _) => format!("(cut: {} bytes were read, and it went on)", self.read),
            (false, true) => format!(
                "(cut after {mebibytes} MiB; all {} bytes were looked at for markers)",
                self.read
            ),
            (false, false) => String::new(),
        };
        Text {
            text: String::from_utf8_lossy(&self.kept).into_owned(),
            cut,
            markers: self.markers,
        }
    }
}

#[cfg(test)]
mod tests {
    use evidence::{Marker, UserName};

    use super::*;

    /// Reads the pieces with 100 bytes kept and 1,000 read.
    fn read(pieces: &[String]) -> Text {
        let mut reader = Reader::new(100, 1000);
        for piece in pieces {
            if !reader.take(piece.as_bytes()) {
                break;
            }
        }
        reader.end()
    }

    #[test]
    fn a_short_answer_is_kept_whole() {
        let text = read(&["a".repeat(60), "b".repeat(40)]);
        assert_eq!((text.text.len(), text.cut.as_str()), (100, ""));
    }

    #[test]
    fn every_marker_in_a_long_answer_is_found_even_across_chunks() {
        let marker = Marker::new(&UserName::from("amy"), 7);
        for before in 60..200 {
            let whole = format!("{}{marker}{}", "x".repeat(before), "y".repeat(300));
            for size in [1, 7, 90, 1000] {
                let pieces: Vec<String> = whole
                    .as_bytes()
                    .chunks(size)
                    .map(|piece| String::from_utf8_lossy(piece).into_owned())
                    .collect();
                let text = read(&pieces);
                let kept = Marker::find_all(text.text.as_bytes()).count();
                assert!(kept + text.markers.len() >= 1, "{before} {size}");
                assert_eq!(text.text.len(), 100);
                assert!(text.cut.contains("looked at"), "{}", text.cut);
            }
        }
    }

    #[test]
    fn an_endless_answer_is_given_up() {
        let mut reader = Reader::new(100, 1000);
        let n_pieces = (0..1000).take_while(|_| reader.take(&[b'x'; 10])).count();
        assert!(n_pieces <= 100);
        let text = reader.end();
        assert!(text.text.len() == 100 && text.cut.contains("went on"));
    }
}
