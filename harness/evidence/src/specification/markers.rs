//! The markers of a frame.

use crate::marker::{Marker, traces};
use crate::observation::{Observation, What};

/// Bytes of the end of a stream.
const TAIL: usize = 512;
/// The letters by which a marker that was cut short is known.
const PREVIEW: usize = 10;

/// A marker, and how much of it was there.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) marker: Marker,
    n_letters: usize,
}

impl Seen {
    /// Whether all of it was there.
    pub(super) fn is_whole(&self) -> bool {
        self.n_letters == self.marker.as_str().len()
    }

    /// What a finding says of it.
    pub(super) fn says(&self) -> String {
        let marker = &self.marker;
        if self.is_whole() {
            return marker.to_string();
        }
        format!("{marker} (a preview of {} letters)", self.n_letters)
    }
}

/// The markers of the last of these lines, in order, each only once.
pub(super) fn unique_in(lines: &[Observation]) -> Vec<Marker> {
    seen_in(lines).into_iter().map(|seen| seen.marker).collect()
}

/// The same, with how much of each was there: first those of the line's frame, then those that its pieces show.
pub(super) fn seen_in(lines: &[Observation]) -> Vec<Seen> {
    let Some((line, before)) = lines.split_last() else {
        return Vec::new();
    };
    let frame = line.what.target_text().unwrap_or_default();
    let mut markers = Vec::new();
    for seen in all_in(frame.as_bytes(), before) {
        keep(&mut markers, seen);
    }
    let earlier = before.iter().filter(|other| other.place == line.place);
    let mut texts: Vec<_> = earlier.flat_map(|other| other.what.pieces()).collect();
    for piece in line.what.pieces() {
        let own = texts.iter().filter(|other| other.of == piece.of);
        let stream: String = own.map(|other| other.text.as_str()).collect();
        let tail = &stream.as_bytes()[stream.len().saturating_sub(TAIL)..];
        let known = all_in(tail, before);
        let joined = [tail, piece.text.as_bytes()].concat();
        for seen in all_in(&joined, before) {
            if !has(&known, &seen) {
                keep(&mut markers, seen);
            }
        }
        texts.push(piece);
    }
    markers
}

/// Whether it was seen already, or as much of it.
fn has(all: &[Seen], seen: &Seen) -> bool {
    let mut same = all.iter().filter(|known| known.marker == seen.marker);
    same.any(|known| known.is_whole() || !seen.is_whole())
}

/// Keeps each marker once: whole, if it is there whole.
fn keep(all: &mut Vec<Seen>, seen: Seen) {
    if has(all, &seen) {
        return;
    }
    match all.iter_mut().find(|known| known.marker == seen.marker) {
        Some(known) => *known = seen,
        None => all.push(seen),
    }
}

/// Every marker in these bytes, and every beginning of one that was sent before, if it is of only one.
fn all_in(bytes: &[u8], before: &[Observation]) -> Vec<Seen> {
    let seen = traces(bytes).filter_map(|trace| {
        if let Some(marker) = Marker::find_all(trace.as_bytes()).next() {
            let n_letters = marker.as_str().len();
            return Some(Seen { marker, n_letters });
        }
        let sent = before.iter().filter_map(|line| match &line.what {
            What::Sent { marker, .. } => Some(marker),
            _ => None,
        });
        let mut like: Vec<&Marker> = sent
            .filter(|sent| sent.as_str().as_bytes()[..PREVIEW] == trace.as_bytes()[..PREVIEW])
            .collect();
        like.dedup();
        let [marker] = like.as_slice() else {
            return None;
        };
        let letters = marker.as_str().bytes().zip(trace.bytes());
        let same = letters.take_while(|(one, other)| one == other);
        Some(Seen {
            marker: (*marker).clone(),
            n_letters: same.count(),
        })
    });
    seen.collect()
}
