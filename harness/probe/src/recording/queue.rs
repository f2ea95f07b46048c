//! The size of what clients have sent and the writer has not written, and whether anything was dropped.
//!
//! The observations themselves are in a channel, which keeps their order; this only counts them. Each counter stands
//! alone and guards no other memory, so `Relaxed` is enough for all of them.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use evidence::What;

use super::loss::Lost;

/// Counters of what waits for the disk.
#[derive(Debug)]
pub(super) struct Queue {
    count: AtomicU64,
    bytes: AtomicU64,
    most: u64,
    most_bytes: u64,
    /// Why something was dropped, if anything was.
    lost: OnceLock<Lost>,
}

impl Queue {
    /// An empty queue with room for `most` observations and `most_bytes` bytes of frames.
    pub(super) fn new(most: u64, most_bytes: u64) -> Self {
        Self {
            count: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            most,
            most_bytes,
            lost: OnceLock::new(),
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Counts an observation that is sent. Gives false if that is more than may wait.
    pub(super) fn enter(&self, what: &What) -> bool {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let bytes = self.bytes.fetch_add(weight(what), Ordering::Relaxed);
        count <= self.most && bytes <= self.most_bytes
    }

    /// Counts an observation that is written.
    pub(super) fn leave(&self, what: &What) {
        self.count.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(weight(what), Ordering::Relaxed);
    }

    /// Something was dropped. The first reason stays.
    pub(super) fn lose(&self, lost: Lost) {
        self.lost.get_or_init(|| lost);
    }

    pub(super) fn lost(&self) -> Option<Lost> {
        self.lost.get().cloned()
    }
}

/// The bytes of an observation that come from outside, and so may be many.
fn weight(what: &What) -> u64 {
    let (text, pieces) = match what {
        What::Received { frame, pieces, .. } | What::Answered { frame, pieces, .. } => {
            (frame, pieces.as_slice())
        }
        What::Refused { reason, .. } => (reason, [].as_slice()),
        _ => return 0,
    };
    let pieces = pieces.iter().map(|piece| piece.of.len() + piece.text.len());
    (text.len() + pieces.sum::<usize>()) as u64
}

#[cfg(test)]
mod tests {
    use evidence::Piece;

    use super::*;

    #[test]
    fn the_pieces_of_a_stream_have_a_weight() {
        let mut what = What::received("delta".to_owned(), None, "x".repeat(10));
        let queue = Queue::new(10, 50);
        assert!(queue.enter(&what));
        if let What::Received { pieces, .. } = &mut what {
            let (of, text) = ("answer".to_owned(), "y".repeat(100));
            pieces.push(Piece { of, text });
        }
        assert!(queue.enter(&what));
        queue.leave(&what);
        assert!(queue.enter(&what));
        assert!(!queue.enter(&What::refused(String::new())));
    }
}
