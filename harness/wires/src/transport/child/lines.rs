//! The lines of JSON between us and a client that is a process of its own.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::Client;
use crate::dial::{Dial, DialError, SocketIo, Transport};
use crate::incoming::EndedBy;
use crate::outgoing::Emission;

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub(super) enum Said {
    /// The transport is open.
    Transport,
    /// There is no transport: the server answered otherwise, or not at all.
    Refused {
        status: Option<u16>,
        headers: Vec<(String, String)>,
        body: Option<String>,
        why: String,
    },
    /// The namespace was granted.
    Opened {
        sid: String,
    },
    /// The namespace was refused. Nothing follows.
    Denied {
        data: Value,
    },
    Event {
        name: String,
        arguments: Vec<Value>,
        /// By which it is acknowledged, where the client leaves that to us.
        id: Option<u64>,
    },
    Answer {
        id: u64,
        arguments: Vec<Value>,
    },
    /// What came cannot be told.
    Malformed {
        why: String,
        raw: String,
    },
    /// The server left the namespace. Nothing follows.
    Left,
    /// The connection ended. Nothing follows.
    Closed {
        by: By,
        code: Option<u16>,
        how: String,
    },
}

/// Who ended it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum By {
    Server,
    Nobody,
}

impl From<By> for EndedBy {
    fn from(by: By) -> Self {
        match by {
            By::Server => Self::Server,
            By::Nobody => Self::Nobody,
        }
    }
}

/// Whether this client can be told to connect so.
pub(super) fn offered_by(client: Client, dial: &Dial) -> Result<(), DialError> {
    let address = dial.address()?;
    if client == Client::Python && (address.path() == "/" || !address.path().ends_with('/')) {
        // It would ask at `/socket.io/`, and at the path with a slash.
        return Err(client.cannot("connect to this path").into());
    }
    if client == Client::JavaScript {
        let headers = dial.header_map()?;
        if headers.len() > headers.keys_len() {
            return Err(client.cannot("send two headers of one name").into());
        }
        let mut names = BTreeSet::new();
        if !address.query_pairs().all(|(name, _)| names.insert(name)) {
            return Err(client
                .cannot("send two parts of a query of one name")
                .into());
        }
    }
    Ok(())
}

/// The order to connect.
pub(super) fn connecting(
    dial: &Dial,
    how: &SocketIo,
    trust: Option<&str>,
) -> Result<Value, DialError> {
    let address = dial.address()?;
    // What cannot be sent is said before.
    dial.header_map()?;
    let query: Vec<_> = address.query_pairs().collect();
    let transports: &[&str] = match how.transport {
        Transport::Upgrade => &["polling", "websocket"],
        Transport::Websocket => &["websocket"],
        Transport::Polling => &["polling"],
    };
    Ok(json!({
        "do": "connect",
        "url": address.origin().ascii_serialization(),
        "path": address.path(),
        "query": query,
        "headers": dial.headers,
        "namespace": how.namespace,
        "auth": how.auth,
        "transports": transports,
        "trust": trust,
    }))
}

/// The order to send an event.
pub(super) fn emitting(emission: Emission) -> Value {
    let Emission {
        name,
        arguments,
        id,
    } = emission;
    json!({ "do": "emit", "name": name, "arguments": arguments, "id": id })
}

/// The order to acknowledge an event.
pub(super) fn answering(id: u64, arguments: &[Value]) -> Value {
    json!({ "do": "acknowledge", "id": id, "arguments": arguments })
}

/// The order to say goodbye.
pub(super) fn closing() -> Value {
    json!({ "do": "close" })
}
