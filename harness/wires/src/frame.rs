//! One frame as it travels: text or bytes.

use tokio_tungstenite::tungstenite::Bytes;

use crate::binary;

/// What stands before the base64 of a binary frame in its raw form.
pub const BINARY: &str = "$binary:";

/// One frame of a WebSocket, one packet of a polled body, or one line of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
}

impl Frame {
    /// A text frame.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Its bytes on the wire.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// The frame as evidence: a text as it came, bytes as `$binary:` and standard base64.
    #[must_use]
    pub fn into_raw(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Binary(bytes) => format!("{BINARY}{}", binary::encode(&bytes)),
        }
    }
}
