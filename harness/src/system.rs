//! The system under test: its files, where it is, and its start where the harness may do that.

mod process;
mod readiness;
mod filling;

pub(crate) mod aim;
pub(crate) mod files;
pub(crate) mod program;

pub(crate) mod local;
pub(crate) mod server;
pub(crate) mod start;
pub(crate) mod cast;
