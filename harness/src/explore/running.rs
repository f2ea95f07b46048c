//! Runs an exploration.

use std::sync::Arc;
use std::time::{Duration, Instant};

use probe::Target;

use super::ended::Exploration;
use super::machine;
use super::offer::Offer;
use super::plan::{ExplorePlan, turns};
use super::search::Search;
use super::users::Users;
use crate::failure::Failure;
use crate::system::files;

/// Actions a second on a running system, where nothing else is said.
const GENTLE: u64 = 20;
/// What is judged of whoever has logged out.
const AFTER_THE_END: &str = "silent_after_session_end";

/// Whether the target file says that a logout ends its session for everything that had it, or there is none. A search
/// makes logouts up, and accuses nobody of what was not promised.
fn promises_the_end(target: &Target) -> bool {
    let session = target.session.as_ref();
    target.logout.is_empty() || session.is_some_and(|session| session.is_revoked)
}

/// How long each user waits between two actions, so that all who act at once keep to the rate.
fn pace(rate: u64, plan: &ExplorePlan) -> Duration {
    let users = plan.users.groups.first().map_or(1, |group| group.len());
    let at_once = (users * plan.together * plan.jobs) as u64;
    Duration::from_micros(at_once * 1_000_000 / rate.max(1))
}

/// Explores until a counterexample is found, every case is tried, or the time is over.
///
/// # Errors
///
/// The input is wrong, or a counterexample cannot be written. A server that does not start is no error: its schedules
/// are counted as not tried.
pub(crate) async fn run(mut plan: ExplorePlan) -> Result<Exploration, Failure> {
    let mut target = files::read_target(plan.target.as_deref())?;
    let passwords = plan.passwords.as_deref().map(files::read_passwords);
    let passwords = passwords.transpose()?;
    plan.aim.check(&target, passwords.is_some())?;
    plan.users = Users::of(
        &target,
        passwords.as_ref(),
        &plan.aim,
        Offer::wanted_users(&target),
    )?;
    plan.aim.point(&mut target);
    plan.aim.stays_here(&target).await?;
    plan.aim.knock(&target).await?;
    if !promises_the_end(&target) {
        plan.except.push(AFTER_THE_END.to_owned());
    }
    // Each schedule needs users of its own, and on a running system there are no others.
    plan.together = plan.together.min(plan.users.groups.len());
    if target.start.is_none() {
        plan.jobs = 1;
    }
    plan.turns = turns(plan.jobs, target.start.is_none());
    let gentle = target.start.is_none().then_some(GENTLE);
    plan.pace = { plan.rate.or(gentle) }.map(|rate| pace(rate, &plan));
    let offer = Arc::new(Offer::of(&target, &plan.users));
    let started = Instant::now();
    let (explored, found) = Search::run(plan, Arc::clone(&offer), started).await?;
    let never_tried = match found {
        Some(_) => Vec::new(),
        None => { machine::situations(&offer).into_iter() }
            .filter(|word| !explored.steps.contains_key(word))
            .collect(),
    };
    Ok(Exploration {
        never_tried,
        is_end_judged: promises_the_end(&target),
        explored,
        found,
        took: started.elapsed(),
    })
}
