//! Socket.IO 5: the packets of a session, and their two forms.

/// As text with attachments, which is the default.
pub mod text;

/// As MessagePack.
pub mod msgpack;

/// A packet whose attachments are still coming.
pub mod assembly;

use serde_json::Value;

use super::{ReadError, WriteError};
use crate::bounds::{NAME, within};

/// A packet, with the namespace that it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Packet {
    /// Begins with `/`.
    pub namespace: String,
    /// What it says.
    pub kind: Kind,
}

/// What a packet says.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A client asks for the namespace, with what it authenticates by; the server grants it, with its id.
    Connect(Option<Value>),
    /// Either side leaves the namespace.
    Disconnect,
    /// An event.
    Event {
        /// Its name.
        name: String,
        /// Its arguments; there may be none.
        arguments: Vec<Value>,
        /// The id to acknowledge with, when the sender asks for that.
        id: Option<u64>,
    },
    /// The answer to an event.
    Ack {
        /// The event's id.
        id: u64,
        /// Its arguments; there may be none.
        arguments: Vec<Value>,
    },
    /// The server refuses the namespace.
    Refused(Value),
}

impl Packet {
    pub(super) fn new(namespace: &str, kind: Kind) -> Result<Self, ReadError> {
        within("bytes of a namespace", namespace.len(), NAME)?;
        Ok(Self {
            namespace: namespace.to_owned(),
            kind,
        })
    }

    /// The namespace, when it can stand in a packet.
    pub(super) fn writable(&self) -> Result<&str, WriteError> {
        let namespace = self.namespace.as_str();
        if !namespace.starts_with('/') || namespace.contains(',') {
            return Err(WriteError::Namespace(namespace.chars().take(80).collect()));
        }
        within("bytes of a namespace", namespace.len(), NAME)?;
        Ok(namespace)
    }
}

/// Splits an event's data into its name and its arguments. JavaScript's servers may name an event by a number.
fn named(mut data: Vec<Value>, id: Option<u64>) -> Result<Kind, ReadError> {
    let first = (!data.is_empty()).then(|| data.remove(0));
    let name = match first {
        Some(Value::String(name)) => name,
        Some(Value::Number(number)) => number.to_string(),
        _ => return Err(ReadError::Body("event")),
    };
    within("bytes of an event's name", name.len(), NAME)?;
    Ok(Kind::Event {
        name,
        arguments: data,
        id,
    })
}
