//! Markers that are cut over the pieces of a stream.
//!
//! A thousand streams are kept. If there are more, one that has waited while others got 500 pieces begins anew.

use super::ids::PlaceId;
use crate::hashing::Map;
use crate::marker::Joiner;
use crate::observation::Piece;

/// How many streams are known.
const STREAMS: usize = 1000;

/// The ends of all streams.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    streams: Map<(PlaceId, String), Stream>,
    now: u64,
}

#[derive(Debug, Default)]
struct Stream {
    joiner: Joiner,
    used: u64,
}

impl Streams {
    /// The stream goes on with this piece.
    pub(crate) fn join(&mut self, place: PlaceId, piece: &Piece) -> &Joiner {
        self.now += 1;
        let name = (place, piece.of.clone());
        if self.streams.len() >= STREAMS && !self.streams.contains_key(&name) {
            // Half of them go at once, so that this is rare.
            let oldest = self.now.saturating_sub(STREAMS as u64 / 2);
            self.streams.retain(|_, stream| stream.used > oldest);
        }
        let stream = self.streams.entry(name).or_default();
        stream.used = self.now;
        stream.joiner.add(piece.text.as_bytes());
        &stream.joiner
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
    fn a_thousand_streams_are_kept() {
        let mut streams = Streams::default();
        let place = PlaceId::default();
        streams.join(place, &piece(0, "x"));
        assert_eq!(streams.join(place, &piece(0, "y")).before(), b"x");
        for other in 1..STREAMS * 3 {
            streams.join(place, &piece(other, "z"));
            assert!(streams.streams.len() <= STREAMS);
        }
        assert_eq!(streams.join(place, &piece(0, "y")).before(), b"");
        let last = piece(STREAMS * 3 - 1, "y");
        assert_eq!(streams.join(place, &last).before(), b"z");
    }
}
