//! Plays a scenario's steps against a site: alone, beside a neighbour, or with a neighbour next door. What its clients
//! see is written down, and nothing is judged.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::sleep;

use crate::language::names::BrowserName;
use crate::lock::lock;
use crate::run::error::{RunError, Stopped};
use crate::run::state::Run;
use crate::scenario::content::Neighbour;
use crate::steps::step_trait::{Actor, StepAt};
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
    let (ended, neighbours) = tokio::join!(walk, go_on(run, (&neighbour.meanwhile, steps), &over));
    finish(run, ended.and(neighbours)).await?;
    first_unjudged(run, steps)
}

/// What a neighbour does on a server where nobody takes `steps`, until `over`.
pub(crate) async fn next_door(
    run: &Run,
    steps: &[StepAt],
    neighbour: &Neighbour,
    over: &AtomicBool,
) {
    // It is there for the work that it makes; how it ends shows nothing.
    if walk(run, &neighbour.before).await.is_ok() {
        let _ = go_on(run, (&neighbour.meanwhile, steps), over).await;
    }
    run.leave().await;
}

/// How long a neighbour waits before they look again whether a session is there.
const LOOK: Duration = Duration::from_millis(10);

/// Takes the steps again and again. A step about an action that is not there is left out, and so is a tab of a session
/// that has not begun: it is that of who is compared.
async fn go_on(
    run: &Run,
    (steps, compared): (&[StepAt], &[StepAt]),
    over: &AtomicBool,
) -> Result<(), Stopped> {
    let compared = browsers(compared);
    while !over.load(Ordering::Relaxed) {
        for at in steps {
            if !has_begun(run, at, &compared) {
                sleep(LOOK).await;
                if over.load(Ordering::Relaxed) {
                    break;
                }
                continue;
            }
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

/// Whether the session has begun in which a neighbour has a tab beside who is compared.
fn has_begun(run: &Run, at: &StepAt, compared: &BTreeSet<BrowserName>) -> bool {
    let shared = { at.step.facts().actor.browser() }.filter(|browser| compared.contains(browser));
    shared.is_none_or(|browser| {
        let browser = lock(&run.browsers).get(browser).cloned();
        browser.is_some_and(|browser| browser.place().user.is_some())
    })
}

/// The browsers in which these steps are taken.
fn browsers(steps: &[StepAt]) -> BTreeSet<BrowserName> {
    let mut all = BTreeSet::new();
    for at in steps {
        match at.step.facts().actor {
            Actor::Inner(inner) => all.extend(browsers(inner)),
            actor => all.extend(actor.browser().cloned()),
        }
    }
    all
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
