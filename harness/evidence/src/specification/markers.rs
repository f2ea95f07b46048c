//! The markers of a frame.

use crate::marker::Marker;

/// Each marker of a frame once, in the order in which they stand there.
pub(super) fn unique(frame: &str) -> Vec<Marker> {
    let mut markers = Vec::new();
    for marker in Marker::find_all(frame.as_bytes()) {
        if !markers.contains(&marker) {
            markers.push(marker);
        }
    }
    markers
}
