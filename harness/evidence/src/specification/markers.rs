//! The markers of a frame.

use std::collections::BTreeSet;

use crate::marker::Marker;
use crate::observation::Observation;

/// Bytes of the end of a stream.
const TAIL: usize = 192;

/// The markers of the last of these lines, in order, each only once: those of its frame, then those that its pieces
/// complete.
pub(super) fn unique_in(lines: &[Observation]) -> Vec<Marker> {
    let Some((line, before)) = lines.split_last() else {
        return Vec::new();
    };
    let frame = line.what.target_text().unwrap_or_default();
    let mut markers = Vec::new();
    for marker in Marker::find_all(frame.as_bytes()) {
        if !markers.contains(&marker) {
            markers.push(marker);
        }
    }
    let earlier = before.iter().filter(|other| other.place == line.place);
    let mut texts: Vec<_> = earlier.flat_map(|other| other.what.pieces()).collect();
    for piece in line.what.pieces() {
        let own = texts.iter().filter(|other| other.of == piece.of);
        let stream: String = own.map(|other| other.text.as_str()).collect();
        let tail = &stream.as_bytes()[stream.len().saturating_sub(TAIL)..];
        let known: BTreeSet<Marker> = Marker::find_all(tail).collect();
        let joined = [tail, piece.text.as_bytes()].concat();
        for marker in Marker::find_all(&joined) {
            if !known.contains(&marker) && !markers.contains(&marker) {
                markers.push(marker);
            }
        }
        texts.push(piece);
    }
    markers
}
