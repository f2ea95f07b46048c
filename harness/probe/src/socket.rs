//! Socket.IO: a browser's tabs, over one of two clients.
//!
//! `closing` is how one ended, `options` say how a socket is opened, and a `stamp` is what the target says about an event. Everything that arrives
//! goes to an `inbox`, which writes it to the history and to the `tally` that waiting callers read. Both clients give
//! a `connection`, made after a `handshake`; events that the session `missed` come first. The `observer` keeps every
//! frame as it came; the `library` is the client that Rust users have. A `tab` is one connection of a browser: `emit`
//! is what it sends, and `waits` is how callers wait for events at it.

mod closing;
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

pub use closing::Closing;
pub use options::{ClientKind, OpenOptions, Transport};
pub use tab::{Opened, Tab};
