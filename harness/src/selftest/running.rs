//! Runs what the plan of a selftest says.

use super::faults::Faults;
use super::plan::{Extent, Progress, SelftestPlan};
use super::tally::MatrixTally;
use super::{against, whole};
use crate::failure::Failure;
use crate::report::matrix::Matrix;

/// Runs what the plan says, and reports how far it is.
pub(crate) async fn run(
    plan: SelftestPlan,
    tell: impl FnMut(Progress<'_>),
) -> Result<Matrix, Failure> {
    let all = Faults::read(&plan.faults)?;
    match &plan.extent {
        Extent::Whole => whole::run(&plan, &all, None, tell).await,
        Extent::Committing { file, looks } => {
            let mut tally = MatrixTally::default();
            let into = Some((&mut tally, *looks));
            let matrix = whole::run(&plan, &all, into, tell).await?;
            let claims = matrix.claims().clone();
            if !matrix.is_clean() {
                return Err(Failure::world(
                    "the suite does not hold without a fault, so its matrix is not written",
                    file.display(),
                    "run `airtight verify`, and repair what it reports",
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
