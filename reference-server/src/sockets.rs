//! Socket.IO: a client joins the room of its session, and each request of its transport is held against it.

pub(crate) mod events;
pub(crate) mod guard;
