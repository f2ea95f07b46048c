//! What a check is, and what it found.

use std::fmt::Display;

use evidence::Verdict;
use serde::Serialize;

/// One thing that a deployment must get right.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name in reports.
    pub name: &'static str,
    /// The rules that it speaks of.
    pub rules: &'static [&'static str],
    /// What is so when it holds.
    pub claim: &'static str,
    /// Why it matters, one sentence.
    pub why: &'static str,
    /// How to mend it, one imperative sentence.
    pub fix: &'static str,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is as claimed.
    Holds,
    /// It is not: each line says one thing that was seen.
    Violated(Vec<String>),
    /// It could not be found out, because of this.
    Undecided(String),
}

impl Found {
    /// Violated when something was seen that should not be.
    #[must_use]
    pub fn from_faults(faults: Vec<String>) -> Self {
        if faults.is_empty() {
            Self::Holds
        } else {
            Self::Violated(faults)
        }
    }

    /// Holds where `met`, and is otherwise violated by what was found.
    #[must_use]
    pub fn expect(met: bool, found: impl Display) -> Self {
        if met {
            Self::Holds
        } else {
            Self::Violated(vec![found.to_string()])
        }
    }
}

/// A check with what it found.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// The check.
    #[serde(flatten)]
    pub check: &'static Check,
    /// Holds, undecided or violated.
    pub verdict: Verdict,
    /// What was seen, or why it could not be found out.
    pub found: Vec<String>,
}

impl Outcome {
    /// What `check` found.
    #[must_use]
    pub fn new(check: &'static Check, found: Found) -> Self {
        let (verdict, found) = match found {
            Found::Holds => (Verdict::Holds, Vec::new()),
            Found::Violated(found) => (Verdict::Violated, found),
            Found::Undecided(why) => (Verdict::Undecided, vec![why]),
        };
        Self {
            check,
            verdict,
            found,
        }
    }
}
