//! A target file: how to talk to a system. Nothing else is known about that system.
//!
//! In: YAML. Out: `Target`, or what is wrong, where, and how to fix it. Each part has its own file: a `call` is a
//! request, `actions` lists what can be started, `yields` says how many events are due, `socket` describes the
//! Socket.IO side, and `start` says how to start the system on this machine. `file` puts them together. `requests`,
//! `kinds` and `template` answer questions about it. `parse` reads it, with the help of `lines` (where each key
//! stands), `secrets` (which lines an error must not show) and `check` (rules that the types cannot express).

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
mod secrets;

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
