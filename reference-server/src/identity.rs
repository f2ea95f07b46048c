//! Users and passwords, sessions and the cookies that name them, and where a request comes from.

pub(crate) mod client;

pub(crate) mod device;

pub(crate) mod users;

pub(crate) mod password;

pub(crate) mod verifier;

pub(crate) mod attempts;

pub(crate) mod session_key;

pub(crate) mod store;

pub(crate) mod sessions;

pub(crate) mod cookies;

pub(crate) mod origin;

pub(crate) mod live;

pub(crate) mod gate;
