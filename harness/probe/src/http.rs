//! HTTP: the way to a target, and browsers there.
//!
//! `ask` is a request and its answer; `body` reads an answer that may have no end, and `frame` is the part of it that
//! a history keeps. `cookies` is a browser's jar, and `page` reads the one field that it needs from a page. A `route`
//! says how connections are made, and a `site` is the target at the end of one. A `browser` is one jar on a site. It
//! can `send`, `request` (which also records the answer), `login`, and start and stop `actions`.

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
