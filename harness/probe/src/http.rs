//! HTTP: the way to a target, and browsers there.
//!
//! `ask` is what a browser asks and what comes back; `body` reads an answer that may have no end, and `frame` is what a
//! history keeps of it. `cookies` is a browser's jar and `page` reads the one field of a page that it needs. A `route`
//! is how connections are made, and a `site` a target at the end of one. A `browser` is one jar there; it can `send`,
//! `request` with a record of the answer, `login`, and start and stop `actions`.

pub(crate) mod ask;
pub(crate) mod body;
mod cookies;
mod frame;
mod page;

pub(crate) mod route;

pub(crate) mod site;

pub(crate) mod browser;

mod send;

mod request;

mod actions;
mod login;
