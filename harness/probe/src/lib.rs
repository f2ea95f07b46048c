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
