//! Clients of one target: HTTP and Socket.IO in, observations out. Clients record, they never assert.
//!
//! The rooms, from the ground up; none looks at one above it:
//!
//! - On the ground: an `excerpt` is as much of a stranger's text as a message shows, `time` a length of time as people
//!   write it, and `wire` reads packets.
//! - `target`: the target file, which says how to talk to a system.
//! - `recording`: what clients saw goes into a history, and how long it took to a meter.
//! - `http`: browsers of a target, each a cookie jar.
//! - `socket`: a browser's tabs, each a Socket.IO connection over one of two clients.
//! - `watch`: whether the harness and the target are both there, without which nothing that is missing is lost.

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
pub use socket::{ClientKind, OpenOptions, Opened, Tab, Transport};
pub use target::{Target, TargetError};
pub use time::Time;
pub use watch::{Due, Lag, Watch};
pub use wire::{Packet, WireError};
