//! A client's transport: the place it takes, how often it may ask, and how it is cut off.

pub(crate) mod hangup;
pub(crate) mod places;
pub(crate) mod rate;
pub(crate) mod transports;
