//! Steps that fail by themselves: the rest of the scenario is run and judged all the same.
//!
//! In: why a step could not be done. Out: whether the run goes on, and what the history must be told then. It cannot
//! go on where nothing that comes after could mean anything: the history takes no more, or the file asks for what is
//! not there.

use probe::ProbeError;

use super::error::RunError;
use super::silence::is_silence;
use crate::causes::with_causes;

/// Why a step failed by itself.
pub(crate) enum Failing {
    /// The history says so already.
    IsRecorded,
    /// The target said nothing, or an earlier step did not make what this one needs: nobody knows.
    IsUnknown(String),
}

/// Whether the step fails by itself; `None` where the run cannot go on.
pub(crate) fn failing(error: &RunError) -> Option<Failing> {
    let why = match error {
        RunError::Socket(_) | RunError::NoAction(_) | RunError::Unseen => {
            return Some(Failing::IsRecorded);
        }
        RunError::NoIdentity(..) => error.to_string(),
        RunError::Unknown(name) => format!("it needs `{name}`, which no earlier step has made"),
        // What the target answered did not have it, this time or ever.
        RunError::Probe(error @ ProbeError::Unset(_)) => {
            format!("{error}; `airtight try` shows which step of the target file should have")
        }
        RunError::Probe(error) if is_silence(error) => with_causes(error),
        _ => return None,
    };
    Some(Failing::IsUnknown(why))
}

/// How a step of everyone ended: by what ends the run, else by what nobody knows, else by what is recorded already.
pub(crate) fn worst(all: Vec<Result<(), RunError>>) -> Result<(), RunError> {
    let rank = |error: &RunError| match failing(error) {
        None => 0,
        Some(Failing::IsUnknown(_)) => 1,
        Some(Failing::IsRecorded) => 2,
    };
    all.into_iter()
        .filter_map(Result::err)
        .min_by_key(rank)
        .map_or(Ok(()), Err)
}
