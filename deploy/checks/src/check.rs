//! What a check is, and how it ended.

use std::fmt::Display;

use evidence::Verdict;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;

/// One thing that a deployment must get right.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name in reports.
    pub name: &'static str,
    /// The ids of the rules that it checks.
    pub rules: &'static [&'static str],
    /// What is true when it holds.
    pub claim: &'static str,
    /// Why it matters, one sentence.
    pub why: &'static str,
    /// How to fix it, one imperative sentence.
    pub fix: &'static str,
}

/// A look that is under way.
pub type Looking<'a> = LocalBoxFuture<'a, Result<(), Undecided>>;

/// A check with the function that looks. The subject is the check's angle: a `Visit` for a look from outside, a
/// `Machine` for one on the machine itself.
pub struct Row<Subject: ?Sized + 'static> {
    /// Its name and its words.
    pub check: Check,
    /// Looks at the subject, and adds a line for each fault that it sees.
    ///
    /// The error says why it could not look, or could not finish. Faults that it added before that still count.
    pub look: for<'a> fn(&'a Subject, &'a mut Vec<String>) -> Looking<'a>,
}

impl<Subject: ?Sized> Row<Subject> {
    /// Runs this check alone.
    pub async fn run(&'static self, subject: &Subject) -> Outcome {
        let mut faults = Vec::new();
        let looked = (self.look)(subject, &mut faults).await;
        Outcome::new(&self.check, faults, looked)
    }
}

/// Why a check could not find out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided(pub String);

impl Undecided {
    /// Undecided, because of this.
    pub(crate) fn because(why: impl Display) -> Self {
        Self(why.to_string())
    }
}

/// A check with its result.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// The check.
    #[serde(flatten)]
    pub check: &'static Check,
    /// Holds, undecided or violated.
    pub verdict: Verdict,
    /// The faults that were seen, or why the check could not find out.
    pub found: Vec<String>,
}

impl Outcome {
    /// A fault counts even if the look ended early. Without a fault, an early end proves nothing.
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
