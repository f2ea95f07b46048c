//! The HTTP routes: login, logout, a user's own actions, uploads and sessions, the
//! server's state, and what the pages link.
//!
//! The user is known only from the session. A request that changes state must come from our own pages
//! or carry the session's token. One from a foreign origin is always refused.
//!
//! The `table` declares each route once. The `router` and `/openapi.json` are made from it.

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
