//! Socket.IO: a browser's tabs, over one of two clients.

pub(crate) mod library;
pub(crate) mod observer;
pub(crate) mod tab;
pub(crate) mod tally;
