//! One case, from its run to its entry in the report. The findings come from the history alone.

use std::time::Instant;

use diagnostics::Place;
use evidence::Verdict;
use probe::ProbeError;

use super::case::Case;
use super::parts;
use super::recorded::{Recorded, finish};
use super::setting::{Setting, StartedSystem};
use super::shared::Turn;
use crate::causes::with_causes;
use crate::failure::Failure;
use crate::history::record::{self, Record};
use crate::play;
use crate::report::suite::{Entry, NotTested};
use crate::run::error::{RunError, Stopped};
use crate::steps::step_trait::{Actor, StepAt};

/// Runs the case and judges its history.
///
/// # Errors
///
/// There is no history, or it cannot be judged. A run that stopped early is judged all the same.
pub(crate) async fn entry(setting: &Setting, case: &Case) -> Result<Entry, Failure> {
    let started = Instant::now();
    let (file, ended) = record(setting, case).await?;
    let report = record::judge(&file)?;
    if let Err(stopped) = &ended
        && let RunError::Probe(ProbeError::Client(what)) = &stopped.error
        && report.verdict != Verdict::Violated
    {
        // What it cannot do shows nothing of the target.
        let why = NotTested::NoClient(what.to_string());
        let path = case.scenario.path.clone();
        return Ok(Entry::not_tested(path, case.client, why));
    }
    let entry = Entry::new(
        case.scenario.path.clone(),
        case.client,
        file,
        started.elapsed(),
        report,
        ended.err().map(|stopped| in_full(case, &stopped)),
    );
    Ok(entry.without(setting.not_judged(&case.scenario)))
}

/// Why the run stopped, and where.
fn in_full(case: &Case, Stopped { line, error }: &Stopped) -> String {
    let words = with_causes(error);
    let file = case.scenario.path.display();
    let step = case
        .scenario
        .all_steps()
        .find_map(|steps| step_in(steps, *line));
    let place = match step {
        Some(step) => step.spots.name().bare(file),
        // A step that is not found by its line has no column.
        None => Place::bare(file, usize::try_from(*line).unwrap_or(1), 1),
    };
    format!("{words}\n --> {place}")
}

/// The step in this line, also inside another.
fn step_in(steps: &[StepAt], line: u64) -> Option<&StepAt> {
    steps.iter().find_map(|at| {
        let inner = match at.step.facts().actor {
            Actor::Inner(inner) => step_in(inner, line),
            _ => None,
        };
        inner.or((at.line == line).then_some(at))
    })
}

/// Runs the case; the history is complete when this returns.
async fn record(setting: &Setting, case: &Case) -> Result<Recorded, Failure> {
    let cast = setting.cast(&case.scenario);
    let cast = cast.map_err(|none| Failure::input(none.told(), "users", none.fix()))?;
    if !case.scenario.beside.is_empty() {
        return parts::record(setting, case, &cast).await;
    }
    let turn = setting.turn(&case.scenario, &cast).await?;
    let started = match turn.as_ref().and_then(Turn::target) {
        Some(target) => StartedSystem::shared(target, &cast),
        None => setting.start(&cast).await?,
    };
    let file = setting.folder.join(case.file_name());
    let (recorder, record) = Record::start(&setting.scene(case, &cast), file)?;
    let run = started.run(recorder, case.client, setting.seed)?;
    let ended = play::alone(&run, &case.scenario.steps).await;
    let finished = finish(case, record, run, ended).await;
    drop(turn);
    finished
}
