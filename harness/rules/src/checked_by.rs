//! Which scenarios and deployment checks name each rule.
//!
//! The committed list is written by `make rules` from the repository and never by hand; the tests of this crate hold
//! it against the repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use crate::catalogue::all;

/// What a text says of a rule that nothing names.
pub(crate) const NOTHING: &str = "nothing yet";

static COMMITTED: LazyLock<CheckedBy> =
    LazyLock::new(|| CheckedBy::parse(include_str!("checked_by.txt")));

/// For each rule the names of what checks it, sorted: a scenario by its path below `scenarios` without `.yaml`, a
/// deployment check as `check:NAME`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckedBy {
    names: BTreeMap<String, BTreeSet<String>>,
}

impl CheckedBy {
    /// What the repository held when `make rules` last ran.
    #[must_use]
    pub fn committed() -> &'static Self {
        &COMMITTED
    }

    /// Reads what `Display` writes. A line is `ID: NAME NAME …`, and one that starts with `#` is a comment.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut checked_by = Self::default();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for (id, names) in lines.filter_map(|line| line.split_once(':')) {
            for name in names.split_whitespace() {
                checked_by.add(id, name);
            }
        }
        checked_by
    }

    /// Notes that `name` checks the rule `id`.
    pub fn add(&mut self, id: &str, name: &str) {
        self.names
            .entry(id.to_owned())
            .or_default()
            .insert(name.to_owned());
    }

    /// What checks the rule `id`; nothing where no scenario and no check names it.
    pub fn of(&self, id: &str) -> impl Iterator<Item = &str> {
        self.names.get(id).into_iter().flatten().map(String::as_str)
    }

    /// The ids that are named somewhere and are no rules.
    pub fn strangers(&self) -> impl Iterator<Item = &str> {
        let is_rule = |id: &&str| all().any(|rule| rule.id == *id);
        self.names
            .keys()
            .map(String::as_str)
            .filter(move |id| !is_rule(id))
    }
}

impl fmt::Display for CheckedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# Written by `make rules`: the scenarios and the deployment checks that name each rule."
        )?;
        for rule in all() {
            write!(f, "{}:", rule.id)?;
            for name in self.of(rule.id) {
                write!(f, " {name}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::CheckedBy;

    fn names(checked_by: &CheckedBy, id: &str) -> Vec<String> {
        checked_by.of(id).map(str::to_owned).collect()
    }

    #[test]
    fn a_written_list_reads_back_the_same() {
        let mut checked_by = CheckedBy::default();
        checked_by.add("ISO04", "isolation/two-users");
        checked_by.add("ISO04", "check:isolation");
        checked_by.add("ISO04", "check:isolation");
        checked_by.add("VAC01", "check:websocket");
        let again = CheckedBy::parse(&checked_by.to_string());
        assert_eq!(again, checked_by);
        assert_eq!(
            names(&again, "ISO04"),
            ["check:isolation", "isolation/two-users"]
        );
        assert!(names(&again, "ISO05").is_empty());
    }

    #[test]
    fn an_id_that_is_no_rule_is_reported() {
        let checked_by = CheckedBy::parse("# a comment: ISO98\nISO04: a\nISO99: a b\n");
        assert_eq!(checked_by.strangers().collect::<Vec<_>>(), ["ISO99"]);
    }

    #[test]
    fn the_committed_list_names_rules_only() {
        assert_eq!(CheckedBy::committed().strangers().count(), 0);
        assert!(!names(CheckedBy::committed(), "ISO04").is_empty());
    }
}
