//! What the client that speaks over a tab's sockets cannot do. That is no answer of the target.

use targets::file::socket::{Acknowledge, Parser, Protocol, Socket};
use wires::{Client, NotOffered, SendError};

use crate::error::WalkError;

/// Whether this client can do what the file asks for. The wire knows the rest.
///
/// # Errors
/// When it cannot: with what it cannot do.
pub fn speaks(client: Client, socket: &Socket) -> Result<(), NotOffered> {
    let what = match (socket.protocol, &socket.acknowledge) {
        _ if client == Client::Own => return Ok(()),
        (Protocol::WebSocket, _) => "speak over a raw WebSocket",
        (Protocol::Sse, _) => "read server-sent events",
        (Protocol::SocketIo, _) if socket.parser == Parser::Msgpack => "speak MessagePack",
        (Protocol::SocketIo, Acknowledge::With(_)) if !client.acknowledges() => {
            "acknowledge an event"
        }
        (Protocol::SocketIo, _) => return Ok(()),
    };
    Err(client.cannot(what))
}

/// A cut or a stall. A socket that has ended has nothing to cut or to read.
pub(crate) fn done(done: Result<(), SendError>) -> Result<(), WalkError> {
    match done.err() {
        Some(SendError::NotOffered(what)) => Err(what.into()),
        _ => Ok(()),
    }
}

/// Something that was sent and asks for an answer: without a connection there is none.
pub(crate) fn sent(asked: &str, sent: Result<(), SendError>) -> Result<(), WalkError> {
    sent.map_err(|error| match error {
        SendError::NotOffered(what) => what.into(),
        error => WalkError::NoAnswer {
            asked: asked.to_owned(),
            why: error.to_string(),
            is_late: false,
            is_sent: false,
        },
    })
}
