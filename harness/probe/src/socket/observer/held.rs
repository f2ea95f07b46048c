//! Events that came too early: they wait until what the session missed has been recorded.

use std::sync::Arc;

use crate::recording::RecorderError;
use crate::socket::inbox::Inbox;
use crate::socket::stamp::Stamp;
use crate::wire::Packet;

/// Bytes of frames that may arrive before the answer to `resume`.
const HELD: usize = 64 << 20;

/// Events that wait for what was missed before them. If that never comes, they are recorded anyway, because a leak is
/// a leak; but without their numbers, which would suggest a gap that nobody knows of.
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

    /// Takes the held frames, once the missed events are recorded.
    pub(super) fn release(mut self) -> Vec<String> {
        std::mem::take(&mut self.frames)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for frame in std::mem::take(&mut self.frames) {
            if let Ok(Packet::Event { name, .. }) = Packet::parse(&frame) {
                // If the history takes no more, it has already said so.
                let _ = self.inbox.take_event(name, Stamp::default(), frame);
            }
        }
    }
}
