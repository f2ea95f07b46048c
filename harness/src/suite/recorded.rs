//! The end of a recorded run.

use std::path::PathBuf;

use super::case::Case;
use crate::failure::Failure;
use crate::history::record::{Completeness, Record};
use crate::run::error::{RunError, Stopped};

/// The file of a history, and where its run stopped, if it did.
pub(super) type Recorded = (PathBuf, Result<(), Stopped>);

/// Waits until the history is written; `holders` hold the recorder.
pub(super) async fn finish(
    case: &Case,
    record: Record,
    holders: impl Send + 'static,
    ended: Result<(), Stopped>,
) -> Result<Recorded, Failure> {
    match record.finish(holders).await? {
        (file, Completeness::Whole) => Ok((file, ended)),
        (file, Completeness::Early(error)) => {
            let line = case.scenario.steps.last().map_or(1, |at| at.line);
            let error = RunError::Probe(error.into());
            // A step that could not write down what it saw knows less of why.
            let line = ended.err().map_or(line, |stopped| stopped.line);
            Ok((file, Err(Stopped { line, error })))
        }
    }
}
