//! What the operator sees: the logs, readiness, the status, and what the service manager is notified of.
//!
//! It stands below `http`, whose pages show it. Nothing here answers a request.

pub(crate) mod log_files;

pub(crate) mod logging;

pub(crate) mod readiness;

pub(crate) mod gauges;

pub(crate) mod status;

pub(crate) mod supervisor;
