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

pub mod cli;
pub mod settings;

mod access_log;
mod action;
mod app;
mod assets;
mod attempts;
mod clock;
mod connection;
mod cookies;
mod device;
mod fault;
mod guard;
mod hangup;
mod journal;
mod kinds;
mod limits;
mod listen;
mod log_files;
mod logging;
mod logs;
mod message;
mod metrics;
mod openapi;
mod origin;
mod pages;
mod password;
mod places;
mod protection;
mod proxy;
mod queue;
mod rate;
mod readiness;
mod room;
mod rooms;
mod routes;
mod scheduler;
pub mod server;
mod sessions;
mod sockets;
mod status;
mod store;
pub mod supervisor;
mod transports;
mod users;
mod whole;
mod wire;

#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;

#[cfg(feature = "bench")]
#[doc(hidden)]
pub use scheduler::bench;

pub use clock::Clock;
pub use fault::Fault;
pub use listen::{Address, ListenError, Listening};
pub use log_files::LogFiles;
pub use server::{Running, Timing, start};
pub use settings::Settings;
