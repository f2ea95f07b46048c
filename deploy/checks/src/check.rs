//! What a check is, and what came of it.

use std::fmt::Display;

use evidence::Verdict;
use futures_util::future::LocalBoxFuture;
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

/// A look that is under way, of a function that may borrow what it looks at.
pub type Looking<'a> = LocalBoxFuture<'a, Result<(), Undecided>>;

/// A check with the function that looks. What it looks at is its angle: a `Visit` from outside, or the `Machine`.
pub struct Row<Subject: ?Sized + 'static> {
    /// Its words.
    pub check: Check,
    /// Looks at the subject, and adds a line for each fault that it sees.
    ///
    /// The error says why it could not look, or not to the end: the lines that it added before that still count.
    pub look: for<'a> fn(&'a Subject, &'a mut Vec<String>) -> Looking<'a>,
}

impl<Subject: ?Sized> Row<Subject> {
    /// Makes this check alone.
    pub async fn run(&'static self, subject: &Subject) -> Outcome {
        let mut faults = Vec::new();
        let looked = (self.look)(subject, &mut faults).await;
        Outcome::new(&self.check, faults, looked)
    }
}

/// Why something could not be found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided(pub String);

impl Undecided {
    /// Undecided, because of this.
    pub(crate) fn because(why: impl Display) -> Self {
        Self(why.to_string())
    }
}

/// A check with what came of it.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// The check.
    #[serde(flatten)]
    pub check: &'static Check,
    /// Holds, undecided or violated.
    pub verdict: Verdict,
    /// The faults that were seen, or why nothing could be found out.
    pub found: Vec<String>,
}

impl Outcome {
    /// A fault is a fault even where the look ended early; without one, an early end proves nothing.
    fn new(check: &'static Check, faults: Vec<String>, looked: Result<(), Undecided>) -> Self {
        let (verdict, found) = match looked {
            _ if !faults.is_empty() => (Verdict::Violated, faults),
            Ok(()) => (Verdict::Holds, faults),
            Err(Undecided(why)) => (Verdict::Undecided, vec![why]),
        };
        Self {
            check,
            verdict,
            found,
        }
    }
}
