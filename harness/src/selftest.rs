//! The judge is judged: the suite against each fault in turn, and once against none.
//!
//! In: the scenarios, and the file that says which property must name which fault. Out: the kill matrix,
//! and what is wrong with it: a fault that nobody names, or a claim that no fault breaks. The whole matrix takes
//! long; so its verdicts are committed, and some of its pairs are held against them (`against.rs`).

mod against;
mod committed;
mod cover;
mod faults;
mod look;
mod trial;
mod unlike;
mod whole;

use std::path::PathBuf;

use self::committed::Tally;
pub(crate) use self::faults::Faults;
use crate::failure::Failure;
use crate::report::kill::Kill;
use crate::report::matrix::Matrix;
use crate::suite::plan::Plan;

/// How often a scenario alone is run under each fault while a claim of it was never broken. What is lost by
/// chance may be what nobody waited for; one run is a part of a second.
const ROUNDS: usize = 5;

/// A scenario's property, or a property by itself.
type Claim = (Option<String>, String);

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
    pub(crate) suite: Plan,
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

/// Runs what the plan says, and tells how far it is.
pub(crate) async fn run(
    plan: SelftestPlan,
    tell: impl FnMut(Progress<'_>),
) -> Result<Matrix, Failure> {
    let all = Faults::read(&plan.faults)?;
    match &plan.extent {
        Extent::Whole => whole::run(&plan, &all, None, tell).await,
        Extent::Committing { file, looks } => {
            let mut tally = Tally::default();
            let into = Some((&mut tally, *looks));
            let matrix = whole::run(&plan, &all, into, tell).await?;
            let claims = matrix.claims().clone();
            if !matrix.is_clean() {
                return Err(Failure::world(
                    "the suite does not hold without a fault, so its matrix is not written",
                    file.display(),
                    "run `airtight verify`, and mend what it tells",
                ));
            }
            tally.committed(*looks, claims).write(file)?;
            Ok(matrix)
        }
        Extent::Against { file, sample_seed } => {
            against::run(&plan, &all, file, sample_seed, tell).await
        }
    }
}
