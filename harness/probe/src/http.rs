//! HTTP: the way to a target, and browsers there.

pub(crate) mod ask;
pub(crate) mod body;
pub(crate) mod browser;
pub(crate) mod cookies;
pub(crate) mod frame;
pub(crate) mod route;
