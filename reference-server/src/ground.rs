//! What every room stands on: time, counters, files that others change too, and the leaks that can be
//! opened on purpose. Nothing here knows a user but by a name.

pub(crate) mod address;
pub(crate) mod clock;
pub(crate) mod disk;
pub(crate) mod lock;
pub(crate) mod fault;
pub(crate) mod folded_name;
pub(crate) mod metrics;
pub(crate) mod timing;
