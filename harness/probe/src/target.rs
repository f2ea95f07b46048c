//! A target file: how to talk to a system, and the only thing that is known of it.
//!
//! In: YAML. Out: `Target`, or the place and the fix. Its parts have a file each: a `call` is a request, `actions` what
//! can be started, `yields` how many events are due, `socket` the Socket.IO side, and `start` how the system is started
//! on this machine. They stand together in the `file`; `requests`, `kinds` and `template` answer questions about it.
//! `parse` reads it with `lines`, which knows where each key stands, and `check`, which holds what its form cannot say.

mod call;
mod socket;
mod start;
mod yields;

mod actions;

mod file;

mod kinds;
mod requests;
pub(crate) mod template;

mod check;
mod lines;

mod parse;

pub use actions::{Actions, Kind};
pub use call::Call;
pub use file::{EventPart, Health, Login, Target, Upload, schema};
pub use parse::TargetError;
pub use socket::SocketPart;
pub use start::Start;
pub use yields::Yield;

#[cfg(test)]
mod tests;
