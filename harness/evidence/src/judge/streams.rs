//! Markers that are cut over the pieces of a stream.
//!
//! Of each stream the end is kept, as long as a marker can be in any of its spellings. The streams that continued last
//! are kept; one that waits while a thousand others continue begins anew.

use super::ids::PlaceId;
use crate::hashing::Map;
use crate::observation::Piece;

/// Bytes of the end of a stream. A marker has 27 letters, and no escape spells a letter in more than seven bytes.
const TAIL: usize = 192;

/// How many streams are known.
const STREAMS: usize = 1000;

/// The ends of all streams.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    tails: Map<(PlaceId, String), Tail>,
    now: u64,
}

#[derive(Debug, Default)]
struct Tail {
    bytes: Vec<u8>,
    used: u64,
}

/// What a piece adds to its stream.
pub(crate) struct Joined {
    /// The end of the stream before the piece, and the piece.
    pub(crate) bytes: Vec<u8>,
    /// How many of them came before.
    pub(crate) before: usize,
}

impl Streams {
    /// The stream goes on with this piece.
    pub(crate) fn join(&mut self, place: PlaceId, piece: &Piece) -> Joined {
        self.now += 1;
        let tail = self.tails.entry((place, piece.of.clone())).or_default();
        tail.used = self.now;
        let before = tail.bytes.len();
        let mut bytes = std::mem::take(&mut tail.bytes);
        bytes.extend_from_slice(piece.text.as_bytes());
        let from = bytes.len().saturating_sub(TAIL);
        tail.bytes = bytes[from..].to_vec();
        if self.tails.len() > STREAMS {
            // Half of them go at once, so that this is rare.
            let oldest = self.now.saturating_sub(STREAMS as u64 / 2);
            self.tails.retain(|_, tail| tail.used > oldest);
        }
        Joined { bytes, before }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(of: usize, text: &str) -> Piece {
        Piece {
            of: of.to_string(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_stream_keeps_its_end_and_a_thousand_streams_are_kept() {
        let mut streams = Streams::default();
        let place = PlaceId::default();
        let long = "x".repeat(TAIL * 2);
        streams.join(place, &piece(0, &long));
        let joined = streams.join(place, &piece(0, "y"));
        assert_eq!((joined.bytes.len(), joined.before), (TAIL + 1, TAIL));
        for other in 1..STREAMS * 3 {
            streams.join(place, &piece(other, "z"));
            assert!(streams.tails.len() <= STREAMS + 1);
        }
        assert_eq!(streams.join(place, &piece(0, "y")).before, 0);
        assert_eq!(streams.join(place, &piece(STREAMS * 3 - 1, "y")).before, 1);
    }
}
