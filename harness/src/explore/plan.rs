//! What to explore.

use std::path::PathBuf;
use std::time::Duration;

/// What to explore, and how far.
#[derive(Clone, Debug)]
pub(crate) struct ExplorePlan {
    pub(crate) target: Option<PathBuf>,
    pub(crate) fault: Option<String>,
    pub(crate) seed: u64,
    pub(crate) cases: u64,
    pub(crate) time: Duration,
    /// Servers at a time.
    pub(crate) jobs: usize,
    /// Schedules at a time on one server.
    pub(crate) together: usize,
    pub(crate) history: PathBuf,
    /// Where a counterexample goes.
    pub(crate) out: PathBuf,
}
