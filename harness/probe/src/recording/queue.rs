//! What the clients have sent and the writer has not written: how much it is, and whether something was not taken.
//!
//! The observations themselves are in a channel, which orders them; these are only their figures. Each counter stands
//! for itself and guards no other memory, so that all of them are `Relaxed`.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use evidence::What;

use super::loss::Lost;

/// The figures of what waits for the disk.
#[derive(Debug)]
pub(super) struct Queue {
    count: AtomicU64,
    bytes: AtomicU64,
    most: u64,
    most_bytes: u64,
    /// Some were not taken.
    lost: OnceLock<Lost>,
}

impl Queue {
    /// An empty one, for so many observations and so many bytes of their frames.
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

    /// Counts one that is sent; false where that is more than may wait.
    pub(super) fn enter(&self, what: &What) -> bool {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let bytes = self.bytes.fetch_add(weight(what), Ordering::Relaxed);
        count <= self.most && bytes <= self.most_bytes
    }

    /// Counts one that is written.
    pub(super) fn leave(&self, what: &What) {
        self.count.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(weight(what), Ordering::Relaxed);
    }

    /// Something was not taken; the first reason stays.
    pub(super) fn lose(&self, lost: Lost) {
        self.lost.get_or_init(|| lost);
    }

    pub(super) fn lost(&self) -> Option<Lost> {
        self.lost.get().copied()
    }
}

/// The bytes of an observation that a stranger chose.
fn weight(what: &What) -> u64 {
    let text = match what {
        What::Received { frame, .. } | What::Answered { frame, .. } => frame,
        What::Refused { reason } => reason,
        _ => return 0,
    };
    text.len() as u64
}
