//! What a check is, and what it found.

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

/// A check with the function that makes it: whatever it is called, it answers with its own.
pub struct Row<Subject: ?Sized + 'static> {
    /// Its words.
    pub check: Check,
    /// Looks at the subject.
    pub look: for<'a> fn(&'a Subject) -> LocalBoxFuture<'a, Found>,
}

impl<Subject: ?Sized> Row<Subject> {
    /// Makes this check alone.
    pub async fn make(&'static self, subject: &Subject) -> Outcome {
        Outcome::new(&self.check, (self.look)(subject).await)
    }
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

    /// Undecided, because of this.
    pub(crate) fn undecided(why: impl Display) -> Self {
        Self::Undecided(why.to_string())
    }

    /// The answer of a check, whichever way it ended.
    pub(crate) fn either(found: Result<Self, Self>) -> Self {
        found.unwrap_or_else(|found| found)
    }

    /// Violated when something was seen that should not be, even where the look ended early.
    pub(crate) fn seen(faults: Vec<String>, looked: Result<(), Self>) -> Self {
        match looked {
            Err(why) if faults.is_empty() => why,
            _ => Self::from_faults(faults),
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use crate::{inside, outside};

    /// The sources of this crate.
    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("a folder").flatten();
        let paths = entries.map(|entry| entry.path());
        paths
            .flat_map(|path| match path.is_dir() {
                true => sources(&path),
                false => vec![path],
            })
            .collect()
    }

    /// A function that is found by a name is another check's as soon as the name changes.
    #[test]
    fn no_check_is_found_by_its_name() {
        let outside = outside::CHECKS.iter().map(|row| row.check.name);
        let names: Vec<&str> = outside
            .chain(inside::CHECKS.iter().map(|row| row.check.name))
            .collect();
        for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
            let text = fs::read_to_string(&path).expect("text");
            for name in &names {
                assert!(
                    !text.contains(&format!("\"{name}\" =>")),
                    "{path:?}: {name}"
                );
                // One row has it.
                assert!(text.matches(&format!("name: \"{name}\"")).count() <= 1);
            }
        }
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), names.len(), "two checks have one name");
    }
}
