//! HTTP: from a connection to an answer.
//!
//! `listen` opens the socket, and `connection` serves each client. First `proxy` decides which forwarding headers of a
//! request count, `access_log` writes a line for it, `protection` adds the headers of every answer and `limits` bound
//! the request. The `routes` answer it. Their `pages` are filled in for the user, and link the `assets` that `web/`
//! builds.

pub(crate) mod listen;

pub(crate) mod proxy;

pub(crate) mod access_log;

pub(crate) mod limits;

pub(crate) mod protection;

pub(crate) mod connection;

mod assets;

mod pages;

pub(crate) mod routes;
