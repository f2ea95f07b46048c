//! Why a frame is no packet, and why a packet cannot be written.

use thiserror::Error;

use crate::binary::NotBase64;
use crate::bounds::Exceeded;

/// Why a frame is not a packet.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// There is no such packet type.
    #[error("unknown packet type in {0:?}")]
    Type(String),
    /// The rest of the packet does not fit its type.
    #[error("malformed {0} packet")]
    Body(&'static str),
    /// The packet is no MessagePack.
    #[error("malformed MessagePack: {0}")]
    MessagePack(String),
    /// It names an attachment that it does not have, or one twice.
    #[error("attachment {0} does not exist, or stands in two places")]
    Attachment(u64),
    /// A binary packet of polling is not base64.
    #[error("a binary packet: {0}")]
    Base64(#[from] NotBase64),
    /// A bound was reached.
    #[error(transparent)]
    Bound(#[from] Exceeded),
}

impl ReadError {
    /// The error for an unknown type, with the start of what came.
    pub(crate) fn unknown(frame: &str) -> Self {
        Self::Type(frame.chars().take(8).collect())
    }
}

/// Why a packet cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WriteError {
    /// A `$binary` is not base64.
    #[error("`$binary`: {0}")]
    Base64(#[from] NotBase64),
    /// A namespace begins with `/` and has no comma.
    #[error("{0:?} is no namespace: it begins with `/` and has no comma")]
    Namespace(String),
    /// Only an object can be completed by what recovery needs.
    #[error("`auth` has to be an object where a session is recovered")]
    Auth,
    /// A bound was reached.
    #[error(transparent)]
    Bound(#[from] Exceeded),
}
