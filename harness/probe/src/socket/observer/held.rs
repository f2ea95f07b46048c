//! Events that came too early: they wait for what the session missed before them.

use std::sync::Arc;

use crate::recording::RecorderError;
use crate::socket::inbox::Inbox;
use crate::socket::stamp::Stamp;
use crate::wire::Packet;

/// Bytes of frames that may come while the answer to `resume` is on its way.
const HELD: usize = 64 << 20;

/// Events that wait for what was missed before them. Where that never comes they are written down all the same,
/// without their numbers, which would tell of a gap that nobody knows of: a leak is one, whatever it waited for.
pub(super) struct Held {
    inbox: Arc<Inbox>,
    frames: Vec<String>,
    bytes: usize,
}

impl Held {
    pub(super) const fn new(inbox: Arc<Inbox>) -> Self {
        Self {
            inbox,
            frames: Vec::new(),
            bytes: 0,
        }
    }

    pub(super) fn take(&mut self, frame: String) -> Result<(), RecorderError> {
        self.bytes += frame.len();
        if self.bytes > HELD {
            return Err(self.inbox.stop_crowded());
        }
        self.frames.push(frame);
        Ok(())
    }

    /// What was held, once that came for which it waited.
    pub(super) fn release(mut self) -> Vec<String> {
        std::mem::take(&mut self.frames)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for frame in std::mem::take(&mut self.frames) {
            if let Ok(Packet::Event { name, .. }) = Packet::parse(&frame) {
                // A history that takes no more has said so.
                let _ = self.inbox.take_event(name, Stamp::default(), frame);
            }
        }
    }
}
