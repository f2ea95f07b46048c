//! Clients of one target: HTTP and Socket.IO in, observations out.
//!
//! A `target` file says how to talk to a system, and its `route` how to get there. `http` is its browsers, each a
//! cookie jar, and `ask` what they say; `tab` is a
//! browser's Socket.IO connection, over one of two clients: the `observer`, which keeps every frame as
//! it came, and the `library` client that Rust users have. `wire` reads packets, and the `recorder`
//! writes what was seen into a history. `cookies` is a browser's jar, `body` reads an answer that may have no end, and
//! an `excerpt` is as much of a stranger's text as a message shows. A `watch` tells whether the harness and the target
//! are both there: it measures the harness's `lag`, and feels the target's `pulse`. A `meter` tells who measures how
//! long things took. Nothing here judges: clients record, they never assert.

pub mod ask;
pub mod excerpt;
pub mod http;
pub mod lag;
pub mod meter;
pub mod recorder;
pub mod route;
pub mod tab;
pub mod target;
pub mod time;
pub mod watch;
pub mod wire;

mod body;
mod cookies;
mod frame;
mod library;
mod log;
mod observer;
mod pulse;

pub use ask::{Answer, Ask, Body, Login, ProbeError, Started};
pub use http::{Browser, Site};
pub use lag::Lag;
pub use meter::{Arrival, Meter, Reading, Readings};
pub use recorder::{Recorder, RecorderError};
pub use route::Route;
pub use tab::{ClientKind, OpenOptions, Opened, Tab, Transport};
pub use target::{Target, TargetError};
pub use time::Time;
pub use watch::{Due, Watch};
pub use wire::{Packet, WireError};
