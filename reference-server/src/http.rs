//! HTTP: from a connection to an answer.

pub(crate) mod access_log;
pub(crate) mod app;
pub(crate) mod assets;
pub(crate) mod connection;
pub(crate) mod limits;
pub(crate) mod listen;
pub(crate) mod openapi;
pub(crate) mod pages;
pub(crate) mod protection;
pub(crate) mod proxy;
pub(crate) mod routes;
