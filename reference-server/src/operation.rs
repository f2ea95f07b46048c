//! What the operator sees: the logs, whether the server is ready, what it is doing, and what the service manager hears.
//!
//! It stands below `http`, whose pages show it: nothing here answers a request.

pub(crate) mod log_files;

pub(crate) mod logging;

pub(crate) mod readiness;

pub(crate) mod gauges;

pub(crate) mod status;

pub(crate) mod supervisor;
