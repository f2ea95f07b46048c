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
//! A server may also be spoken to by the clients that users have: `rust_socketio`, the official JavaScript client and
//! python-socketio. They stand among the transports, because they give whole events, and need no session. The last two
//! are programs of their own, whose lines `children` hands over.

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

mod client;

/// The clients that are programs of their own.
mod children;

mod outgoing;

mod dial;

/// A Socket.IO session without IO.
pub mod session;

mod transport;

mod conversation;

mod wire;

pub use children::{Children, Missing};
pub use client::Client;
pub use dial::{
    Dial, DialError, Direct, How, Parser, Recovery, Route, SocketIo, StreamedAnswer, Transport,
};
pub use incoming::{Answer, EndedBy, Ending, Event, Incoming, Opened, Refusal, SseMessage};
pub use offer::NotOffered;
pub use outgoing::{Outgoing, SendError};
pub use wire::{Listener, Speaker, Wire, connect};
