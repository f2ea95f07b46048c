//! Plays a scenario's steps against a site: alone, beside a neighbour, or with a neighbour next door. What its clients
//! see is written down, and nothing is judged.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::run::error::{RunError, Stopped};
use crate::run::state::Run;
use crate::scenario::content::Neighbour;
use crate::steps::step_trait::StepAt;
use crate::steps::walking::{failed, first_unjudged, walk};

/// Runs the steps, waits for what is still due, and closes the sockets.
pub(crate) async fn alone(run: &Run, steps: &[StepAt]) -> Result<(), Stopped> {
    registered(run, steps).await?;
    let ended = walk(run, steps).await;
    finish(run, ended).await?;
    first_unjudged(run, steps)
}

/// The users are known to the target before the first step.
async fn registered(run: &Run, steps: &[StepAt]) -> Result<(), Stopped> {
    let line = steps.first().map_or(1, |at| at.line);
    let registered = run.register().await;
    registered.map_err(|error| Stopped { line, error })
}

/// The same while a neighbour repeats their own steps, on the same server.
pub(crate) async fn beside(
    run: &Run,
    steps: &[StepAt],
    neighbour: &Neighbour,
) -> Result<(), Stopped> {
    registered(run, steps).await?;
    if let Err(stopped) = walk(run, &neighbour.before).await {
        return finish(run, Err(stopped)).await;
    }
    // It says only that the neighbour may stop: no other memory is ordered by it.
    let over = AtomicBool::new(false);
    let walk = async {
        let ended = walk(run, steps).await;
        over.store(true, Ordering::Relaxed);
        ended
    };
    let (ended, neighbours) = tokio::join!(walk, go_on(run, &neighbour.meanwhile, &over));
    finish(run, ended.and(neighbours)).await?;
    first_unjudged(run, steps)
}

/// What a neighbour does on a server where nobody else is, until `over`.
pub(crate) async fn next_door(run: &Run, neighbour: &Neighbour, over: &AtomicBool) {
    // It is there for the work that it makes; how it ends shows nothing.
    if walk(run, &neighbour.before).await.is_ok() {
        let _ = go_on(run, &neighbour.meanwhile, over).await;
    }
    run.leave().await;
}

/// Takes the steps again and again. A step about an action that is not there is left out.
async fn go_on(run: &Run, steps: &[StepAt], over: &AtomicBool) -> Result<(), Stopped> {
    while !over.load(Ordering::Relaxed) {
        for at in steps {
            match at.step.take(run, at.line).await {
                Err(Stopped {
                    error: RunError::Unknown(_) | RunError::NoAction(_),
                    ..
                }) => tokio::task::yield_now().await,
                // Without an answer there is no work to go on with.
                Err(stopped) => return failed(run, at, stopped),
                Ok(()) => {}
            }
            if over.load(Ordering::Relaxed) {
                break;
            }
        }
    }
    Ok(())
}

async fn finish(run: &Run, ended: Result<(), Stopped>) -> Result<(), Stopped> {
    if ended.is_ok() {
        run.settle().await;
    }
    run.leave().await;
    ended
}

#[cfg(test)]
mod tests;
