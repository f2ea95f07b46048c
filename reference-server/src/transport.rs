//! A client's transport: the slot it takes, how often it may ask, and how it is cut off.

pub(crate) mod rate;

pub(crate) mod slots;

pub(crate) mod hangup;

pub(crate) mod transports;
