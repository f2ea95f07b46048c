//! What to explore: the command's options.

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
    /// How many servers run at a time.
    pub(crate) jobs: usize,
    /// How many schedules run at a time on one server.
    pub(crate) together: usize,
    pub(crate) history: PathBuf,
    /// The folder for the counterexample.
    pub(crate) out: PathBuf,
}
