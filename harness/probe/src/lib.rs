//! Clients of one target, whose file says how to talk to it: what users do in, observations out. Clients record, they
//! never assert.
//!
//! The steps of the file are taken by `walk`; this crate gives them names in a history. The rooms, from the ground up;
//! none uses one that stands later in this list:
//!
//! - The ground: an `excerpt` is the part of an outside text that a message shows, a `frame` the part of an answer that
//!   a history keeps, and `lock` locks a mutex.
//! - `recording`: where clients put what they saw, a history or a meter. An `error` is what could not be done at all.
//! - `site`: a target at an address, the `route` to it, what its file says of `events`, and what a run knows of
//!   `groups` and of whom something is `meant` for. `knocking` asks whether somebody is there, at the `door` that
//!   answers.
//! - `inbox`: what came to a tab, counted for callers that wait.
//! - `scribe`: sees everything that comes, and writes it down.
//! - `browser`: a cookie jar and who is logged in with it; `tab`: what one page of it does.
//! - `watch`: whether the harness and the target are both responsive. Until they are, nothing missing counts as lost.

pub mod excerpt;
mod frame;
mod lock;

mod recording;

mod error;

mod route;

mod events;
pub use events::{end_of, otherwise};

mod groups;

mod meant;

mod door;
mod site;

mod knocking;

mod inbox;

mod scribe;

mod browser;

mod described;

mod tab;

pub mod watch;

pub use browser::{Answer, Ask, Body, Browser, Login, Stop, Visited};
pub use described::Upload;
pub use error::ProbeError;
pub use inbox::Closing;
pub use meant::Reach;
pub use recording::{Arrival, Meter, Reading, Readings, Recorder, RecorderError, recorder};
pub use route::Route;
pub use site::Site;
pub use tab::{Begun, Given, OpenOptions, Opened, Owed, Right, Started, Tab};
pub use targets::Target;
pub use targets::file::socket::Transport;
pub use walk::{
    Answer as Said, Children, Client as ClientKind, Foreign, Missing, Near, NotOffered, PastPage,
    Told, is_too_fast, names_respelled, speaks,
};
pub use watch::{Due, Lag, Watch};
