//! Clients of one target: HTTP and Socket.IO in, observations out. Clients record, they never assert.
//!
//! The rooms, from the ground up; none uses one that stands later in this list:
//!
//! - The ground: an `excerpt` is the part of an outside text that a message shows, `lock` locks a mutex, `time` is a
//!   length of time as people write it, and `wire` reads packets.
//! - `target`: the target file, which says how to talk to a system.
//! - `recording`: where clients put what they saw, a history or a meter. An `error` is what could not be done at all.
//! - `http`: browsers, each with a cookie jar.
//! - `socket`: a browser's tabs, each one Socket.IO connection over one of two clients.
//! - `watch`: whether the harness and the target are both responsive. Until they are, nothing missing counts as lost.

pub mod excerpt;
mod lock;
mod time;
mod wire;

pub mod target;

mod recording;

mod error;

mod http;

mod socket;

pub mod watch;

pub use error::ProbeError;
pub use http::ask::{Answer, Ask, Body, Login, Started};
pub use http::browser::Browser;
pub use http::route::Route;
pub use http::site::Site;
pub use recording::{Arrival, Meter, Reading, Readings, Recorder, RecorderError, recorder};
pub use socket::{ClientKind, Closing, OpenOptions, Opened, Tab, Transport};
pub use target::{Target, TargetError};
pub use time::Time;
pub use watch::{Due, Lag, Watch};
pub use wire::{Packet, WireError};
