//! Who somebody is: users and passwords, sessions and the cookies that name them, and where a request comes from.

pub(crate) mod attempts;
pub(crate) mod cookies;
pub(crate) mod device;
pub(crate) mod origin;
pub(crate) mod password;
pub(crate) mod sessions;
pub(crate) mod store;
pub(crate) mod users;
