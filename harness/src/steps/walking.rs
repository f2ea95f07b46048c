//! Takes steps, one after the other. A step that fails by itself does not end the run: that it could not be taken is
//! written down, and the next one is taken.

use evidence::Place;

use super::step_trait::{StepAt, Taking, any_asks};
use crate::lock::lock;
use crate::run::error::Stopped;
use crate::run::failing::{Failing, failing};
use crate::run::state::Run;

/// Takes these steps in their order.
pub(crate) fn walk<'a>(run: &'a Run, steps: &'a [StepAt]) -> Taking<'a> {
    Box::pin(async move {
        for at in steps {
            take(run, at).await?;
        }
        Ok(())
    })
}

/// Takes a step.
pub(super) fn take<'a>(run: &'a Run, at: &'a StepAt) -> Taking<'a> {
    Box::pin(async move {
        match at.step.take(run, at.line).await {
            Err(stopped) => failed(run, at, stopped),
            Ok(()) => Ok(()),
        }
    })
}

/// A step could not be taken: where it failed by itself, that is written down, and the run goes on.
pub(crate) fn failed(run: &Run, at: &StepAt, stopped: Stopped) -> Result<(), Stopped> {
    let Stopped { line, error } = stopped;
    match failing(&error) {
        None => return Err(Stopped { line, error }),
        Some(Failing::IsRecorded) => {}
        Some(Failing::IsUnknown(why)) => {
            let claim = format!("the step in line {line} is taken");
            run.unseen(place_of(run, at), &claim, why)
                .map_err(|error| Stopped { line, error })?;
        }
    }
    lock(&run.first_failed).get_or_insert(Stopped { line, error });
    Ok(())
}

/// Where these steps ask for nothing, nobody judges whether they were taken: then the first that failed is what
/// stopped the run.
pub(crate) fn first_unjudged(run: &Run, steps: &[StepAt]) -> Result<(), Stopped> {
    let first = lock(&run.first_failed).take();
    first.filter(|_| !any_asks(steps)).map_or(Ok(()), Err)
}

/// Where what is seen of a step stands in the history.
fn place_of(run: &Run, at: &StepAt) -> Place {
    let actor = at.step.facts().actor;
    let browser = actor.browser();
    let known = browser.and_then(|name| Some(lock(&run.browsers).get(name)?.place()));
    let place = known.unwrap_or_else(|| Place {
        user: None,
        session: browser.map_or_else(|| "the run".to_owned(), |name| name.device.clone()),
        tab: None,
    });
    Place {
        tab: actor.tab().map(|tab| tab.tab.clone()),
        ..place
    }
}
