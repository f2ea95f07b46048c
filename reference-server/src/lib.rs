//! A multi-user Socket.IO server that keeps its users apart: the system under test.
//!
//! The modules are rooms, listed from the ground up; no file of a room uses a later room, and no two files use each
//! other.
//!
//! | room | what happens there |
//! |---|---|
//! | `ground` | time, counters, files that others change too, and the leaks that can be opened on purpose |
//! | `settings` | what an operator can set, in the file or in the environment |
//! | `identity` | a request's cookie names a session, and only a session names a user |
//! | `transport` | a client's transport has a place, a rate and an end |
//! | `delivery` | a message in its owner's queue becomes a numbered event at each socket of that owner |
//! | `actions` | what a user starts has its owner from its first moment to its last |
//! | `sockets` | a client joins the room of its session, and each request of its transport is checked against it |
//! | `operation` | logs, readiness, status, and what the service manager hears |
//! | `http` | from a connection to an answer |
//! | `server` | the parts put together, started, served and stopped |
//! | `cli` | the command line |
//!
//! `operation` stands below `http`, because pages and probes show what it knows. It answers no request itself: what
//! needs a request or an answer is in `http`.

mod ground;

pub mod settings;

mod identity;

mod transport;

mod delivery;

mod actions;

mod sockets;

mod operation;

mod http;

pub mod server;

pub mod cli;

#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;

#[cfg(feature = "bench")]
#[doc(hidden)]
pub use delivery::bench;

pub use ground::address::Address;
pub use ground::clock::Clock;
pub use ground::fault::Fault;
pub use ground::timing::Timing;
pub use http::listen::{ListenError, Listening};
pub use operation::log_files::LogFiles;
pub use server::{Running, start};
pub use settings::Settings;
