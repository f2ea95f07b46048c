//! Socket.IO: a browser's tabs, over one of two clients.
//!
//! `options` say how a socket is opened, and a `stamp` is what a target says of an event. An `inbox` is where all that
//! comes arrives: in the history, and in the `tally` of those who wait. A `connection` is what both clients give, after
//! a `handshake`; what a session `missed` comes first. The `observer` keeps every frame as it came, and the `library` is
//! the client that Rust users have. A `tab` is a connection of a browser: it can `emit`, and others have their `waits`
//! at it.

mod options;
mod stamp;
mod tally;

mod inbox;

mod missed;

mod connection;
mod handshake;

mod library;
mod observer;

mod tab;

mod emit;
mod waits;

pub use options::{ClientKind, OpenOptions, Transport};
pub use tab::{Opened, Tab};
