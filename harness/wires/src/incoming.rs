//! What a server says, each with the frames as they came.

use serde_json::Value;

use crate::frame::Frame;

/// One thing that a server said, in the order in which it came.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// The HTTP answer that accepted the handshake or began the stream. Its body is empty.
    Answered(Answer),
    /// The transport of Engine.IO is open.
    Transport {
        /// The transport's id, which is no socket's id, and a permission in itself.
        sid: String,
        /// The packet as it came.
        raw: String,
    },
    /// The connection went on over a WebSocket. What came over polls came before this.
    Upgraded,
    /// It stays with polls.
    NotUpgraded {
        /// In the target's words, where it has some.
        why: String,
    },
    /// A namespace of Socket.IO is open.
    Opened(Opened),
    /// An event of Socket.IO.
    Event(Event),
    /// The answer to an event that was sent.
    Ack {
        /// The event's namespace.
        namespace: String,
        /// The event's id.
        id: u64,
        /// The answer; it may be empty.
        arguments: Vec<Value>,
        /// The frames as they came, one a line.
        raw: String,
    },
    /// A frame of a raw WebSocket, a line of JSON lines, or a whole answer of another type.
    Frame(Frame),
    /// A block of server-sent events.
    Message(SseMessage),
    /// What came is no packet. The connection goes on.
    Malformed {
        /// Why not.
        reason: String,
        /// What came.
        raw: String,
    },
    /// The server refused the handshake, or a namespace. After the handshake, or the only namespace, nothing follows.
    Refused(Refusal),
    /// The server left one namespace of several.
    Left {
        /// Which.
        namespace: String,
        /// The packet as it came.
        raw: String,
    },
    /// The connection ended, and not because this side asked for it. Nothing follows.
    Closed(Ending),
}

/// An HTTP answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, in order; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The start of its body: at most 64 KiB.
    pub body: String,
}

/// A namespace that the server granted. Events may come before it: what a recovered session missed, and what some servers
/// say while they are still deciding.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// Which.
    pub namespace: String,
    /// The socket's id.
    pub sid: String,
    /// What recovery asks for; a secret of this session.
    pub pid: Option<String>,
    /// Whether the session that was asked for was recovered.
    pub is_recovered: bool,
    /// All that the server said.
    pub data: Value,
    /// The packet as it came.
    pub raw: String,
}

/// An event of Socket.IO.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its arguments; there may be none.
    pub arguments: Vec<Value>,
    /// The id to acknowledge with, where the server asks for that.
    pub id: Option<u64>,
    /// The frames as they came, one a line.
    pub raw: String,
}

impl Event {
    /// Where recovery goes on: the last argument, where it is a text. A server that recovers adds it to each event.
    #[must_use]
    pub fn offset(&self) -> Option<&str> {
        self.arguments.last()?.as_str()
    }
}

/// A block of server-sent events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SseMessage {
    /// Its name; none where the server gave none, which a browser calls `message`.
    pub event: Option<String>,
    /// Its data. Without any, a browser hears nothing.
    pub data: Option<String>,
    /// The last id of the stream so far.
    pub id: Option<String>,
    /// After how many milliseconds a client should come back.
    pub retry: Option<u64>,
    /// The lines as they came, comments included, each with `\n` at its end.
    pub raw: String,
}

/// How the server said no.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// By an HTTP answer to the handshake.
    Handshake(Answer),
    /// By a packet.
    Namespace {
        /// The namespace that was refused.
        namespace: String,
        /// What the server says: mostly an object with `message`, and `data` beside it.
        data: Value,
        /// The packet as it came.
        raw: String,
    },
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// By whom.
    pub by: EndedBy,
    /// The code of a close frame, or the status of a refused poll.
    pub code: Option<u16>,
    /// In the target's words: the close frame's reason, the packet, the answer, the protocol error.
    pub how: String,
}

/// Who ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The server, by a close frame, a packet, a status, or the end of its answer.
    Server,
    /// Nobody said goodbye: the connection broke, or what came is not the protocol.
    Nobody,
    /// This side, because a bound was reached, or the target speaks another version.
    Harness,
}

impl Ending {
    /// An ending without a code.
    pub(crate) fn new(by: EndedBy, how: impl Into<String>) -> Self {
        Self {
            by,
            code: None,
            how: how.into(),
        }
    }
}

/// The start of a text, for a sentence.
pub(crate) fn start(text: &str) -> String {
    /// Characters.
    const MOST: usize = 500;
    let mut start: String = text.trim().chars().take(MOST).collect();
    if start.len() < text.trim().len() {
        start.push('…');
    }
    start
}
