//! What a selftest is to run, and how far it is.

use std::path::PathBuf;

use crate::report::fault_row::Kill;
use crate::suite::plan::SuitePlan;

/// How often a scenario alone is run under each fault while a claim of it was never broken. What is lost only
/// sometimes may be what nobody waited for; one run is a part of a second.
pub(super) const ROUNDS: usize = 5;

/// How much to run.
#[derive(Debug)]
pub(crate) enum Extent {
    /// The suite under each fault, until it is named.
    Whole,
    /// The suite so often under each fault; what it showed goes to this file.
    Committing { file: PathBuf, looks: u32 },
    /// Pairs chosen by the seed, held against this file.
    Against { file: PathBuf, sample_seed: String },
}

/// What to run.
#[derive(Debug)]
pub(crate) struct SelftestPlan {
    /// The suite, without a fault.
    pub(crate) suite: SuitePlan,
    /// The file of the faults.
    pub(crate) faults: PathBuf,
    /// Only these faults; all when there are none.
    pub(crate) only: Vec<String>,
    pub(crate) extent: Extent,
}

/// How far a selftest is.
#[derive(Debug)]
pub(crate) enum Progress<'a> {
    /// So many runs of a scenario have ended, of so many.
    Runs(usize, usize),
    /// All that is to be run under this fault has ended; of so many faults.
    Fault(&'a Kill, usize),
}
