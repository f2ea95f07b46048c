//! One rule.

use crate::angle::Angle;
use crate::severity::Severity;
use crate::source::Source;

/// One thing that a multi-user system or its deployment must get right.
///
/// A rule names a *kind* of fault. The example in its text is one way to commit it, and a check must catch the others
/// too.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The family's prefix and two digits, such as `ISO04`. An id is never given to another rule.
    pub id: &'static str,
    /// The fault in three to eight words.
    pub title: &'static str,
    /// What goes wrong: one or two sentences.
    pub fault: &'static str,
    /// What that means for a user or an operator: one sentence.
    pub why: &'static str,
    /// What to do instead: imperative sentences.
    pub right: &'static str,
    /// How much harm it does.
    pub severity: Severity,
    /// The angles from which it can be seen.
    pub seen_from: &'static [Angle],
    /// The number of a CWE entry. It is `None` unless the entry describes the whole first sentence of the fault.
    pub cwe: Option<u16>,
    /// Public reports of this fault.
    pub sources: &'static [Source],
}

impl Rule {
    /// Where the CWE of this rule is described.
    #[must_use]
    pub fn cwe_link(&self) -> Option<String> {
        self.cwe
            .map(|number| format!("https://cwe.mitre.org/data/definitions/{number}.html"))
    }

    /// The names of the angles that it can be seen from, with commas.
    pub(crate) fn angles(&self) -> String {
        let names: Vec<&str> = self.seen_from.iter().map(|angle| angle.name()).collect();
        names.join(", ")
    }
}
