//! What every room stands on: the settings, time, counters, files that come as a whole, and the leaks that can be
//! opened on purpose. Nothing here knows a user.

pub(crate) mod clock;
pub(crate) mod fault;
pub(crate) mod metrics;
pub mod settings;
pub(crate) mod whole;
