//! What the formats of others are made of: scenarios, and each property's answer in them.

use std::path::Path;
use std::time::Duration;

use evidence::Verdict;

/// One claim's answer.
pub(super) struct ClaimResult {
    /// A property's or a check's name.
    pub(super) name: &'static str,
    /// The claim as a sentence.
    pub(super) sentence: &'static str,
    pub(super) verdict: Verdict,
    /// The rules that are broken.
    pub(super) rules: Vec<String>,
    /// What was found, in one line.
    pub(super) summary: String,
    /// All that was found.
    pub(super) details: String,
    /// The first witness's line in the history.
    pub(super) line: Option<u64>,
    /// The numbers of the observations in which somebody saw what was not meant for them.
    pub(super) leaks: Vec<u64>,
}

/// What is known of one scenario.
pub(super) struct ScenarioResult<'a> {
    /// The last folder and the file, or the scenario's sentence.
    pub(super) name: String,
    /// The scenario's file, where there was one.
    pub(super) file: Option<&'a Path>,
    pub(super) history: Option<&'a Path>,
    /// Absent where a report must be the same each time.
    pub(super) took: Option<Duration>,
    /// Why it could not be run to its end.
    pub(super) error: Option<&'a str>,
    pub(super) untested: Option<Untested>,
    pub(super) claims: Vec<ClaimResult>,
}

/// Why a scenario was not tested.
pub(super) struct Untested {
    /// It proves nothing of this target, and nothing is missing without it.
    pub(super) is_not_applicable: bool,
    pub(super) why: String,
}

/// The name of the claim of a scenario that was not tested.
pub(super) const TESTED: &str = "the target has what the scenario needs";

/// All that a run shows.
pub(crate) struct Results<'a> {
    pub(super) name: &'a str,
    pub(super) verdict: Option<Verdict>,
    pub(super) scenarios: Vec<ScenarioResult<'a>>,
}

impl ScenarioResult<'_> {
    /// The line that shows the same again.
    pub(super) fn again(&self) -> Option<String> {
        Some(format!("airtight recheck {}", self.history?.display()))
    }
}
