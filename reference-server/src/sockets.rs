//! Socket.IO: a client joins the room of its session, and each request of its transport is checked against that
//! session.

pub(crate) mod guard;

pub(crate) mod parts;

mod client_events;

mod intake;

pub(crate) mod connect;
