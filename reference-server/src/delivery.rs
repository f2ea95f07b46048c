//! From a message in its owner's queue to an event at each socket of its owner's sessions.

pub(crate) mod journal;
pub(crate) mod log_lines;
pub(crate) mod message;
pub(crate) mod queue;
pub(crate) mod room;
pub(crate) mod rooms;
pub(crate) mod scheduler;
pub(crate) mod wire;
