//! The file of the faults: each fault's id, the properties that must name it, and the rule it breaks.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use evidence::properties;
use serde::Deserialize;

use crate::failure::Failure;
use crate::report::kill::Cell;

/// What must be said of one fault.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    /// The properties that speak of it: one of them must be violated.
    pub(crate) named_by: Vec<String>,
    /// The rule that this finding must break; any when there is none.
    rule: Option<String>,
}

impl Fault {
    /// Whether this is what names it.
    pub(crate) fn is_named_by(&self, cell: &Cell) -> bool {
        let right = |rule: &String| cell.rules.contains(rule);
        self.named_by.contains(&cell.property) && self.rule.as_ref().is_none_or(right)
    }
}

/// Every fault, by its id.
#[derive(Clone, Debug)]
pub(crate) struct Faults(BTreeMap<String, Fault>);

impl Faults {
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let at = path.display();
        let text = fs::read_to_string(path).map_err(|error| {
            Failure::input(
                format!("cannot read the faults: {error}"),
                at.to_string(),
                "run this where `scenarios` is, or name the file with --faults",
            )
        })?;
        let faults: BTreeMap<String, Fault> = serde_saphyr::from_str(&text).map_err(|error| {
            let error = error.without_snippet();
            let words = error.to_string();
            let line = error.location().map_or(1, |location| location.line());
            let bare = words.lines().next().unwrap_or("no YAML");
            let bare = bare.split(" at line ").next().unwrap_or_default();
            Failure::input(
                bare,
                format!("{at}:{line}"),
                "write each fault as `ID: {named_by: [PROPERTY], rule: RULE}`",
            )
        })?;
        let unknown = faults.iter().find_map(|(id, fault)| {
            let mut names = fault.named_by.iter();
            if fault.named_by.is_empty() {
                return Some((id, "nobody".to_owned()));
            }
            Some((
                id,
                names
                    .find(|name| properties::named(name).is_none())?
                    .clone(),
            ))
        });
        if let Some((id, name)) = unknown {
            return Err(Failure::input(
                format!("`{id}` is to be named by {name}, and that is no property"),
                at,
                "choose from `airtight properties`",
            ));
        }
        // An id names a folder, and stands on the target's command line.
        let plain = |id: &str| {
            id.chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
        };
        if let Some(id) = faults
            .keys()
            .find(|id| id.is_empty() || !plain(id) || id.starts_with('-'))
        {
            return Err(Failure::input(
                format!("`{}` cannot be the id of a fault", id.escape_debug()),
                at,
                "write it with letters, digits and -",
            ));
        }
        if faults.is_empty() {
            return Err(Failure::input("there is no fault", at, "name one at least"));
        }
        Ok(Self(faults))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The name of each.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// These faults, or all.
    pub(crate) fn chosen(&self, only: &[String]) -> Result<Vec<(&String, &Fault)>, Failure> {
        if let Some(unknown) = only.iter().find(|id| !self.0.contains_key(*id)) {
            let known: Vec<&str> = self.0.keys().map(String::as_str).collect();
            return Err(Failure::input(
                format!("there is no fault `{unknown}`"),
                "--only",
                format!("choose from {}", known.join(", ")),
            ));
        }
        let chosen = |id: &String| only.is_empty() || only.contains(id);
        Ok(self.0.iter().filter(|(id, _)| chosen(id)).collect())
    }
}
