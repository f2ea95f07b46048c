//! From a message in its owner's queue to an event at each socket of its owner's sessions.
//!
//! A message waits in the `queue` of its owner. The `scheduler` takes out what is due by the `cadence` and gives it to
//! the `rooms` of that user, one for each session. A `room` numbers it as a `batch`, writes it into its `journal`, and
//! sends it to its sockets in the words of `wire`.

pub(crate) mod described;

pub(crate) mod message;

pub(crate) mod log_lines;

pub(crate) mod wire;

pub(crate) mod outgoing;

pub(crate) mod journal;

mod batch;

pub(crate) mod room;

pub(crate) mod rooms;

mod queue;

mod cadence;

pub(crate) mod scheduler;

#[cfg(feature = "bench")]
pub mod bench;
