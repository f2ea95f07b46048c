//! The HTTP routes: login, logout, a user's own actions, uploads and sessions, the
//! server's state, and what the pages link.
//!
//! Who asks is read from the session alone. A request that changes something comes from our own pages
//! or carries the session's token; one from a foreign origin is refused whatever it carries.
//!
//! The `table` declares each route once; the `router` and `/openapi.json` come from it.

pub(crate) mod refusal;

mod caller;

mod reply;

pub(crate) mod turns;

mod home;

pub(crate) mod login;

mod actions;

mod sessions;

pub(crate) mod uploads;

mod status;

mod probes;

pub(crate) mod app;

mod operation;

mod openapi;

mod table;

pub(crate) mod router;
