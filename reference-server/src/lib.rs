//! A multi-user Socket.IO server that keeps its users apart: the system under test.
//!
//! A request's cookie names a `session`, and only a session names a user. What a user starts is an
//! `action`, which carries its owner into all it spawns; what an action says is a `message` in its
//! owner's queue at the `scheduler`, which gives it to the `rooms` of that owner's sessions, each with
//! its own sequence of numbers, written down in its `journal`. `sockets` joins a client to the room of
//! its session and `guard` looks at the session on every request of a transport.
//!
//! A `connection` comes from where the server is to `listen`. Before all else `proxy` decides whose word
//! on a request's origin counts, `access_log` keeps a line of it, `limits` bound it and `protection` adds
//! what every answer says; `attempts` locks who guesses passwords. `pages` are filled in for who asks, and
//! link `assets`, which `web/` builds. `supervisor` speaks to the service
//! manager, `readiness` and `metrics` to whoever watches. `fault` can open one known leak on purpose.

// One room below the other: no file of a room looks at a later one.

mod ground;

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
pub use delivery::scheduler::bench;

pub use ground::clock::Clock;
pub use ground::fault::Fault;
pub use ground::settings::{self, Settings};
pub use http::listen::{Address, ListenError, Listening};
pub use operation::log_files::LogFiles;
pub use server::{Running, Timing, start};
