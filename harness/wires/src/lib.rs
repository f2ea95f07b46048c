//! How a client speaks to a server: Socket.IO, raw WebSocket, server-sent events and streamed answers, behind one face.
//!
//! In comes a `Dial` (where, with which headers, in which language) and a `Route` (the HTTP client that knows the way).
//! Out comes a `Wire`: what is sent goes in as `Outgoing`, and what the server says comes out as `Incoming`, each with
//! the frame as it came. Nothing here knows markers, users or verdicts, and nothing is repaired: a frame that is no
//! packet is said to be one, and the connection goes on.
//!
//! The Socket.IO protocol is written by hand, from its description and not with a server's parser: the raw frame is the
//! evidence, with its mistakes, and a client library shows only what it understood. The rooms, from the ground up: what
//! is bounded and what a frame is; the packets and the streams, both without any IO; what is heard and what is said; where
//! to dial; the session that speaks Socket.IO, again without IO; the transports; the conversation over one; the wire.
//!
//! A server may also be spoken to by `rust_socketio`, the client that Rust users have. It stands among the transports,
//! because it gives whole events, and needs no session.

/// What a server can make grow, and how far.
pub mod bounds;

/// Binary data inside JSON.
pub mod binary;

/// One frame, and its raw form.
pub mod frame;

/// The packets of Engine.IO and Socket.IO.
pub mod packet;

/// What is read piece by piece from an HTTP answer.
pub mod stream;

mod incoming;

/// What a client library cannot do.
mod offer;

mod outgoing;

mod dial;

/// A Socket.IO session without IO.
pub mod session;

mod transport;

mod conversation;

mod wire;

pub use dial::{
    Client, Dial, DialError, How, Parser, Recovery, Route, SocketIo, StreamedAnswer, Transport,
};
pub use incoming::{Answer, EndedBy, Ending, Event, Incoming, Opened, Refusal, SseMessage};
pub use offer::NotOffered;
pub use outgoing::{Outgoing, SendError};
pub use wire::{Listener, Speaker, Wire, connect};
