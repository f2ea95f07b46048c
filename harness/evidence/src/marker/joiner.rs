//! Markers over the pieces of a stream: deltas, frames or chunks that give one text together.

use super::search::{Search, Sighting};

/// Bytes that are kept of what came before: more than a marker has in any encoding.
const TAIL: usize = 512;
/// A beginning of a marker may go on in the next piece if it ends so near the end: an escape may be cut too.
const OPEN: usize = 32;

/// Joins the pieces of one stream. It keeps the last 512 bytes of what came before, however long the stream is.
///
/// A marker is found once: with the piece that ends it. One that was cut short is found when something follows that
/// does not belong to it, or at the end. Encodings may be cut anywhere, if the pieces give one text: pieces that were
/// each turned into base64 have to be decoded first. Base64 is not searched for further encodings inside.
#[derive(Clone, Debug, Default)]
pub struct Joiner {
    /// The end of what came before, and the last piece.
    pub(super) joined: Vec<u8>,
    /// How much of it was there at the last search.
    searched: usize,
}

impl Joiner {
    /// The stream goes on with this piece.
    pub(crate) fn add(&mut self, piece: &[u8]) {
        let drop = self.joined.len().saturating_sub(TAIL);
        self.joined.drain(..drop);
        self.searched = self.joined.len();
        self.joined.extend_from_slice(piece);
    }

    /// The end of what came before the last piece.
    pub(crate) fn before(&self) -> &[u8] {
        self.joined.get(..self.searched).unwrap_or_default()
    }

    /// The same, and the last piece.
    pub(crate) fn joined(&self) -> &[u8] {
        &self.joined
    }

    /// Takes the next piece.
    pub fn take(&mut self, piece: &[u8]) -> Vec<Sighting> {
        self.add(piece);
        let length = self.joined.len();
        self.found(|end| end + OPEN < length)
    }

    /// The stream has ended: what was cut short was not cut by a piece's end.
    pub fn end(&mut self) -> Vec<Sighting> {
        self.searched = self.joined.len();
        let found = self.found(|_| true);
        self.joined.clear();
        found
    }

    fn found(&self, is_closed: impl Fn(usize) -> bool) -> Vec<Sighting> {
        let sightings = Search::flat(&self.joined);
        let new = sightings.filter(|found| match found.whole() {
            Some(_) => found.end > self.searched,
            None => found.end + OPEN >= self.searched && is_closed(found.end),
        });
        new.collect()
    }
}
