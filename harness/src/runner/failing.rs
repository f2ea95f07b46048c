//! Steps that fail by themselves: the rest of the scenario is run and judged all the same.
//!
//! In: why a step could not be done. Out: an expectation in the history of which nobody knows, or the same error where
//! nothing that comes after could mean anything: the history takes no more, the file asks for what is not there.

use evidence::Place;
use probe::ProbeError;

use super::{RunError, Runner, lock};
use crate::scenario::{BrowserName, Step, StepKind, TabName};

/// Why a step could not be done.
enum Failing {
    /// It is in the history already.
    Told,
    /// The target said nothing, or an earlier step did not make what this one needs: nobody knows.
    Unknown(String),
}

/// Whether the step fails by itself; `None` where the run cannot go on.
fn failing(error: &RunError) -> Option<Failing> {
    let why = match error {
        RunError::Socket(_) | RunError::NoAction(_) | RunError::Unseen => {
            return Some(Failing::Told);
        }
        RunError::Nameless(..) => error.to_string(),
        RunError::Unknown(name) => format!("it needs `{name}`, which no earlier step has made"),
        RunError::Probe(error) if is_silence(error) => told(error),
        _ => return None,
    };
    Some(Failing::Unknown(why))
}

/// How a step ended that everybody took: by what ends the run, by what nobody knows, or by what is told already.
pub(super) fn worst(all: Vec<Result<(), RunError>>) -> Result<(), RunError> {
    let rank = |error: &RunError| match failing(error) {
        None => 0,
        Some(Failing::Unknown(_)) => 1,
        Some(Failing::Told) => 2,
    };
    all.into_iter()
        .filter_map(Result::err)
        .min_by_key(rank)
        .map_or(Ok(()), Err)
}

/// No answer came: a reset connection is no refusal.
pub(super) const fn is_silence(error: &ProbeError) -> bool {
    matches!(
        error,
        ProbeError::NoAnswer { .. }
            | ProbeError::NoConnection { .. }
            | ProbeError::Broke { .. }
            | ProbeError::NotReady { .. }
            | ProbeError::Closed(_)
    )
}

/// An error and its causes, in one line.
fn told(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        words += &format!(": {source}");
        cause = source.source();
    }
    words
}

impl Runner {
    /// A step could not be done: where it failed by itself, that is written down, and the next one is taken.
    pub(super) fn failed(
        &self,
        step: &Step,
        (line, error): (u64, RunError),
    ) -> Result<(), (u64, RunError)> {
        match failing(&error) {
            None => return Err((line, error)),
            Some(Failing::Told) => {}
            Some(Failing::Unknown(why)) => {
                let place = self.actor(&step.kind);
                let claim = format!("the step in line {line} is taken");
                self.unseen(place, &claim, why)
                    .map_err(|error| (line, error))?;
            }
        }
        lock(&self.first_failed).get_or_insert((line, error));
        Ok(())
    }

    /// Where a scenario asks for nothing, nobody judges what its steps were asked for: then the first that failed
    /// is told as what ended it.
    pub(super) fn ended(&self, steps: &[Step]) -> Result<(), (u64, RunError)> {
        let first = lock(&self.first_failed).take();
        first.filter(|_| !asks(steps)).map_or(Ok(()), Err)
    }

    /// Whether anybody can tell who acts in this browser.
    pub(super) fn is_named(&self, browser: &BrowserName) -> Result<(), RunError> {
        if lock(&self.nameless).contains(browser) {
            return Err(RunError::Unknown(format!("the login of {browser}")));
        }
        Ok(())
    }

    /// Who acts in a step.
    fn actor(&self, kind: &StepKind) -> Place {
        let tab = tab_of(kind);
        let browser = browser_of(kind).or(tab.map(|tab| &tab.browser));
        let known = browser.and_then(|name| Some(lock(&self.browsers).get(name)?.place()));
        let place = known.unwrap_or_else(|| Place {
            user: None,
            session: browser.map_or_else(|| "the run".to_owned(), |name| name.device.clone()),
            tab: None,
        });
        Place {
            tab: tab.map(|tab| tab.tab.clone()),
            ..place
        }
    }
}

fn browser_of(kind: &StepKind) -> Option<&BrowserName> {
    match kind {
        StepKind::Login { browser, .. }
        | StepKind::Logout(browser)
        | StepKind::Upload { browser, .. } => Some(browser),
        StepKind::Http(http) => Some(&http.browser),
        _ => None,
    }
}

fn tab_of(kind: &StepKind) -> Option<&TabName> {
    match kind {
        StepKind::Open { tab, .. }
        | StepKind::Close(tab)
        | StepKind::Cut(tab)
        | StepKind::Stall(tab)
        | StepKind::Resume(tab)
        | StepKind::Start { tab, .. }
        | StepKind::Stop { tab, .. }
        | StepKind::Emit { tab, .. }
        | StepKind::Await { tab, .. }
        | StepKind::Quiet { tab, .. }
        | StepKind::Last { tab, .. } => Some(tab),
        _ => None,
    }
}

/// Whether the steps ask for anything: then what they asked for is judged.
pub(crate) fn asks(steps: &[Step]) -> bool {
    steps.iter().any(|step| match &step.kind {
        StepKind::Repeat { steps, .. } | StepKind::Together(steps) => asks(steps),
        StepKind::Login { .. }
        | StepKind::Open { .. }
        | StepKind::Close(_)
        | StepKind::Cut(_)
        | StepKind::Stall(_)
        | StepKind::Resume(_)
        | StepKind::Restart => false,
        StepKind::Emit { expect, .. } => expect.is_some(),
        StepKind::Http(http) => {
            !http.expect.is_empty() || http.contains.is_some() || http.lacks.is_some()
        }
        StepKind::Upload { expect, .. } => !expect.is_empty(),
        _ => true,
    })
}

#[cfg(test)]
mod tests;
