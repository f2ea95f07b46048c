//! The file of the faults: each fault's id, the properties that must name it, and the rule it breaks.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use diagnostics::{Diagnostic, Place, meant};
use evidence::properties;
use reading::yaml;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::{Location, Spanned};

use crate::failure::Failure;
use crate::input;
use crate::language::rule::{is_rule, meant_rule};
use crate::report::fault_row::Cell;

/// What must be said of one fault.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        let at = path.display().to_string();
        let text = input::read_text(path).map_err(|error| {
            Failure::input(
                format!("cannot read the faults: {error}"),
                &at,
                "run this where `scenarios` is, or name the file with --faults",
            )
        })?;
        let faults = parse(&text).map_err(|wrong| {
            let place = wrong.at.map_or_else(
                || Place::named(&at),
                |location| yaml::place(&at, &text, location, None),
            );
            Failure::wrong_input(Diagnostic::new(wrong.what, place, wrong.fix))
        })?;
        let faults = faults.into_iter();
        Ok(Self(
            faults
                .map(|(id, fault)| (id.value, fault.meant()))
                .collect(),
        ))
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
                meant(unknown, &known),
            ));
        }
        let chosen = |id: &String| only.is_empty() || only.contains(id);
        Ok(self.0.iter().filter(|(id, _)| chosen(id)).collect())
    }
}

/// A fault as it is written, with the place of each word.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    named_by: Spanned<Vec<Spanned<String>>>,
    rule: Option<Spanned<String>>,
}

impl Written {
    fn meant(self) -> Fault {
        let names = self.named_by.value.into_iter();
        Fault {
            named_by: names.map(|name| name.value).collect(),
            rule: self.rule.map(|rule| rule.value),
        }
    }
}

/// What is wrong with the file.
struct Wrong {
    what: String,
    at: Option<Location>,
    fix: String,
}

fn wrong<T>(what: String, at: Location, fix: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong {
        what,
        at: Some(at),
        fix: fix.into(),
    })
}

/// The faults of a text, each checked.
fn parse(text: &str) -> Result<Vec<(Spanned<String>, Written)>, Wrong> {
    let Entries(faults) = serde_saphyr::from_str(text).map_err(|error| Wrong {
        what: yaml::words(&error),
        at: error.location(),
        fix: "write each fault as `ID: {named_by: [PROPERTY], rule: RULE}`".to_owned(),
    })?;
    if faults.is_empty() {
        return Err(Wrong {
            what: "there is no fault".to_owned(),
            at: None,
            fix: "name one at least".to_owned(),
        });
    }
    for (id, fault) in &faults {
        check(id, fault)?;
    }
    Ok(faults)
}

fn check(id: &Spanned<String>, fault: &Written) -> Result<(), Wrong> {
    // An id names a folder, and stands on the target's command line.
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let text = &id.value;
    if text.is_empty() || !text.chars().all(plain) || text.starts_with('-') {
        return wrong(
            format!("`{}` cannot be the id of a fault", text.escape_debug()),
            id.referenced,
            "write it with letters, digits and -",
        );
    }
    if fault.named_by.value.is_empty() {
        return wrong(
            format!("`{text}` is named by no property"),
            fault.named_by.referenced,
            "choose from `airtight properties`",
        );
    }
    let mut names = fault.named_by.value.iter();
    if let Some(name) = names.find(|name| properties::named(&name.value).is_none()) {
        let known: Vec<&str> = evidence::PROPERTIES.iter().map(|one| one.name).collect();
        return wrong(
            format!("there is no property `{}`", name.value),
            name.referenced,
            meant(&name.value, &known),
        );
    }
    match &fault.rule {
        Some(rule) if !is_rule(&rule.value) => wrong(
            format!("there is no rule `{}`", rule.value),
            rule.referenced,
            meant_rule(&rule.value),
        ),
        _ => Ok(()),
    }
}

/// A map whose keys have places, which the maps of the standard library would lose.
struct Entries(Vec<(Spanned<String>, Written)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("faults by their ids")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Entries, A::Error> {
        let mut faults = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            faults.push(entry);
        }
        Ok(Entries(faults))
    }
}
