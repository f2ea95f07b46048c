//! A server: its parts put together, started, served and stopped.

mod error;

mod assembly;

mod serving;

mod start;

pub use error::StartError;
pub use start::{Running, check, start};
