//! Runs an exploration.

use std::time::Instant;

use super::ended::Exploration;
use super::offer::Offer;
use super::plan::ExplorePlan;
use super::search::Search;
use crate::failure::Failure;
use crate::system::aim::Aim;
use crate::system::files;

/// Explores until a counterexample is found, every case is tried, or the time is over.
///
/// # Errors
///
/// The input is wrong, or a counterexample cannot be written. A server that does not start is no error: its schedules
/// are counted as not tried.
pub(crate) async fn run(plan: ExplorePlan) -> Result<Exploration, Failure> {
    let target = files::read_target(plan.target.as_deref())?;
    Aim::default().check(&target, false)?;
    let started = Instant::now();
    let (explored, found) = Search::run(plan, Offer::of(&target), started).await?;
    Ok(Exploration {
        explored,
        found,
        took: started.elapsed(),
    })
}
