//! HTTP: from a connection to an answer.
//!
//! A `connection` comes from where the server is to `listen`. Before all else `proxy` decides whose word on a
//! request's origin counts, `access_log` keeps a line of it, `limits` bound it and `protection` adds what every answer
//! says. The `routes` answer; their `pages` are filled in for who asks, and link `assets`, which `web/` builds.

pub(crate) mod listen;

pub(crate) mod proxy;

pub(crate) mod access_log;

pub(crate) mod limits;

pub(crate) mod protection;

pub(crate) mod connection;

mod assets;

mod pages;

pub(crate) mod routes;
