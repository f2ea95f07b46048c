//! What a library gives, which are whole events: put together as the packets that they would have been. And what no
//! library is asked for.

use serde::Serialize;

use crate::dial::{Parser, SocketIo};
use crate::offer::NotOffered;

/// What a library cannot be told of.
pub(super) const ELSEWHERE: &str = "connect to another address than the URL's";

/// Whether a library can be asked to speak so.
pub(super) fn offered(how: &SocketIo) -> Result<(), NotOffered> {
    if how.parser == Parser::MessagePack {
        return Err(how.client.cannot("speak MessagePack"));
    }
    if how.recovery.is_some() {
        return Err(how.client.cannot("recover a session"));
    }
    Ok(())
}

/// A packet of this type, as it would stand on the wire.
pub(super) fn packet(namespace: &str, kind: &str, data: &str) -> String {
    match namespace {
        "/" => format!("{kind}{data}"),
        namespace => format!("{kind}{namespace},{data}"),
    }
}

/// A value as text.
pub(super) fn json(value: &impl Serialize) -> String {
    // JSON values can always be written.
    serde_json::to_string(value).unwrap_or_default()
}
