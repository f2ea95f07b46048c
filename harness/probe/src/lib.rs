//! Clients of one target: HTTP and Socket.IO in, observations out.
//!
//! A `target` file says how to talk to a system, and its `route` how to get there. `http` is its browsers, each a
//! cookie jar, and `ask` what they say; `tab` is a
//! browser's Socket.IO connection, over one of two clients: the `observer`, which keeps every frame as
//! it came, and the `library` client that Rust users have. `wire` reads packets, and the `recorder`
//! writes what was seen into a history. A `meter` tells who measures how long things took. Nothing here judges: clients record, they never assert.

pub mod ask;
pub mod http;
pub mod meter;
pub mod recorder;
pub mod route;
pub mod tab;
pub mod target;
pub mod wire;

mod frame;
mod library;
mod observer;

pub use ask::{Answer, Ask, Body, ProbeError, Started};
pub use http::{Browser, Site};
pub use meter::{Arrival, Meter, Reading};
pub use recorder::{Recorder, RecorderError};
pub use route::Route;
pub use tab::{ClientKind, OpenOptions, Opened, Tab, Transport};
pub use target::{Target, TargetError};
pub use wire::{Packet, WireError};
