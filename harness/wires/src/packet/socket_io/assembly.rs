//! A packet whose attachments are still coming, each as a binary frame behind it.

use tokio_tungstenite::tungstenite::Bytes;

use super::{Kind, Packet};
use crate::bounds::{Exceeded, LONGEST, within};
use crate::frame::Frame;
use crate::packet::ReadError;
use crate::packet::attachments::attach;

/// A packet and the attachments that have come.
#[derive(Debug)]
pub struct Assembly {
    packet: Packet,
    n_expected: usize,
    attachments: Vec<Option<Bytes>>,
    bytes: usize,
    /// Every frame as it came, one a line.
    raw: String,
}

impl Assembly {
    /// Begins with a packet that announces attachments.
    #[must_use]
    pub const fn new(packet: Packet, n_expected: usize, raw: String) -> Self {
        Self {
            packet,
            n_expected,
            attachments: Vec::new(),
            bytes: raw.len(),
            raw,
        }
    }

    /// Takes one more attachment.
    ///
    /// # Errors
    /// When the packet and its attachments are too long together.
    pub fn take(&mut self, bytes: Bytes) -> Result<(), Exceeded> {
        self.bytes += bytes.len();
        within(
            "bytes of a packet with its attachments",
            self.bytes,
            LONGEST,
        )?;
        self.raw.push('\n');
        self.raw.push_str(&Frame::Binary(bytes.clone()).into_raw());
        self.attachments.push(Some(bytes));
        Ok(())
    }

    /// Whether no attachment is missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.attachments.len() >= self.n_expected
    }

    /// Says how much of it has come.
    #[must_use]
    pub fn progress(&self) -> String {
        let (came, of) = (self.attachments.len(), self.n_expected);
        format!("{came} of {of} attachments came")
    }

    /// The frames as they came, one a line.
    #[must_use]
    pub fn into_raw(self) -> String {
        self.raw
    }

    /// The packet with its attachments in their places, and its frames as they came.
    ///
    /// # Errors
    /// When a placeholder names an attachment that is not there; the frames come with it.
    pub fn whole(mut self) -> Result<(Packet, String), (ReadError, String)> {
        let attachments = &mut self.attachments;
        let attached = match &mut self.packet.kind {
            Kind::Event { arguments, .. } | Kind::Ack { arguments, .. } => arguments
                .iter_mut()
                .try_for_each(|argument| attach(argument, attachments)),
            Kind::Connect(_) | Kind::Disconnect | Kind::Refused(_) => Ok(()),
        };
        match attached {
            Ok(()) => Ok((self.packet, self.raw)),
            Err(error) => Err((error, self.raw)),
        }
    }
}
