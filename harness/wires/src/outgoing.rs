//! What a client says.

use serde_json::Value;
use thiserror::Error;

use crate::frame::Frame;
use crate::offer::NotOffered;
use crate::packet::WriteError;

/// One thing to send.
#[derive(Clone, Debug, PartialEq)]
pub enum Outgoing {
    /// An event of Socket.IO. An object `{"$binary": BASE64}` in it travels as an attachment.
    Event {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Its arguments; there may be none.
        arguments: Vec<Value>,
        /// Asks for an acknowledgement with this number, which the caller counts for each namespace.
        id: Option<u64>,
    },
    /// The answer to an event that asked for one.
    Ack {
        /// The event's namespace.
        namespace: String,
        /// The event's id.
        id: u64,
        /// The answer; it may be empty.
        arguments: Vec<Value>,
    },
    /// Asks for one more namespace.
    Connect {
        /// Which.
        namespace: String,
        /// What to authenticate by.
        auth: Option<Value>,
    },
    /// Leaves one namespace of several.
    Leave {
        /// Which.
        namespace: String,
    },
    /// A frame as it stands; with Socket.IO, one of Engine.IO.
    Frame(Frame),
}

/// An event for a library, which writes its packets itself.
#[derive(Debug)]
pub(crate) struct Emission {
    pub(crate) name: String,
    pub(crate) arguments: Vec<Value>,
    /// What the caller knows its acknowledgement by.
    pub(crate) id: Option<u64>,
}

/// Why something was not sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SendError {
    /// The connection has ended.
    #[error("the connection has ended")]
    Closed,
    /// This wire does not speak Socket.IO, or does not speak at all.
    #[error("{0} cannot be sent over {1}")]
    Language(&'static str, &'static str),
    /// The packet cannot be written.
    #[error(transparent)]
    Packet(#[from] WriteError),
    /// The client that speaks cannot do this.
    #[error(transparent)]
    NotOffered(#[from] NotOffered),
}
