//! The markers of a frame.

use crate::marker::Marker;

/// The markers of a frame, in order, each only once.
pub(super) fn unique(frame: &str) -> Vec<Marker> {
    let mut markers = Vec::new();
    for marker in Marker::find_all(frame.as_bytes()) {
        if !markers.contains(&marker) {
            markers.push(marker);
        }
    }
    markers
}
