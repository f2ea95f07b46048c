//! The kill matrix as a file of the repository: which claim of which scenario each fault breaks, in every run or
//! only in some. It has no figures and no times, so that it changes only when a verdict does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use diagnostics::{Diagnostic, Place};
use serde::{Deserialize, Serialize};

use super::faults::Faults;
use super::pair::Pair;
use crate::failure::Failure;
use crate::history::mistake::token_before;
use crate::input;
use crate::scenario::content::Scenario;

/// How to make the file anew.
const ANEW: &str = "run `make selftest-all`, and commit the matrix that it writes";

/// How often something happened when the matrix was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Often {
    /// In every run.
    Always,
    /// In some runs and not in others.
    ByChance,
}

/// What a fault breaks in one scenario. A property that stands nowhere was never broken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) always: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) by_chance: BTreeSet<String>,
    /// Whether the fault is named by what it breaks here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) named: Option<Often>,
}

impl Row {
    /// Whether the fault leaves the scenario whole.
    pub(super) fn is_empty(&self) -> bool {
        self.always.is_empty() && self.by_chance.is_empty()
    }

    /// How often this property is broken; nothing when never.
    pub(super) fn often(&self, property: &str) -> Option<Often> {
        if self.always.contains(property) {
            Some(Often::Always)
        } else if self.by_chance.contains(property) {
            Some(Often::ByChance)
        } else {
            None
        }
    }
}

/// The whole file. Version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Committed {
    airtight_matrix: u32,
    /// How often the suite was run under each fault.
    pub(super) looks: u32,
    /// The properties that each scenario judges.
    pub(super) claims: BTreeMap<String, BTreeSet<String>>,
    /// By fault and scenario.
    pub(super) faults: BTreeMap<String, BTreeMap<String, Row>>,
}

impl Committed {
    /// What so many runs of the suite under each fault came to.
    pub(super) const fn of(
        looks: u32,
        claims: BTreeMap<String, BTreeSet<String>>,
        faults: BTreeMap<String, BTreeMap<String, Row>>,
    ) -> Self {
        Self {
            airtight_matrix: 1,
            looks,
            claims,
            faults,
        }
    }

    /// Every fault with every scenario.
    pub(super) fn pairs(&self) -> Vec<Pair> {
        Pair::every(self.faults.keys(), || self.claims.keys())
    }

    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let wrong = |error: String| {
            let what = format!("cannot read the committed matrix: {error}");
            Failure::input(what, path.display(), ANEW)
        };
        let text = input::read_text(path).map_err(|error| wrong(error.to_string()))?;
        let committed: Self = serde_json::from_str(&text).map_err(|error| {
            let words = error.to_string();
            let words = words.split(" at line ").next().unwrap_or_default();
            let what = format!("cannot read the committed matrix: {words}");
            let line = text.lines().nth(error.line().saturating_sub(1));
            let line = line.unwrap_or_default();
            let span = token_before(line, error.column());
            let place = Place::in_line(path.display(), error.line(), line, span);
            Failure::wrong_input(Diagnostic::new(what, place, ANEW))
        })?;
        if committed.airtight_matrix != 1 {
            return Err(wrong(format!("version {}", committed.airtight_matrix)));
        }
        Ok(committed)
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        whole_file::write(path, self.text()).map_err(|error| {
            Failure::world(
                format!("cannot write the matrix: {}", error.source),
                path.display(),
                "name a place that can be written",
            )
        })
    }

    /// JSON with one scenario a line, so that a reviewer reads what changed.
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "{{\n  \"airtight_matrix\": {},\n  \"looks\": {},\n  \"claims\": ",
            self.airtight_matrix, self.looks
        );
        text += &lines(&self.claims, "  ");
        text += ",\n  \"faults\": {";
        for (index, (fault, rows)) in self.faults.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            // Text cannot fail to take more text.
            let _ = write!(
                text,
                "{comma}\n    {}: {}",
                json(fault),
                lines(rows, "    ")
            );
        }
        text + "\n  }\n}\n"
    }

    /// What this scenario's row under a fault says; nothing is broken where there is none.
    pub(super) fn row(&self, fault: &str, scenario: &str) -> Row {
        let rows = self.faults.get(fault);
        let row = rows.and_then(|rows| rows.get(scenario));
        row.cloned().unwrap_or_default()
    }

    /// Whether the fault breaks a third of its scenarios only sometimes: which ones it breaks, and in which claims,
    /// depends on a race.
    pub(super) fn is_by_chance(&self, fault: &str) -> bool {
        let rows = self
            .faults
            .get(fault)
            .into_iter()
            .flat_map(BTreeMap::values);
        let (mut n_rows, mut n_by_chance) = (0, 0);
        for row in rows {
            n_rows += 1;
            n_by_chance += usize::from(!row.by_chance.is_empty());
        }
        n_by_chance * 3 >= n_rows && n_by_chance > 0
    }

    /// Whether it knows each fault, scenario and claim that there is, and no other.
    pub(super) fn fits(
        &self,
        path: &Path,
        faults: &Faults,
        scenarios: &BTreeMap<String, Scenario>,
    ) -> Result<(), Failure> {
        let stale = |what: String| Err(Failure::input(what, path.display(), ANEW));
        let known: BTreeSet<&String> = self.faults.keys().collect();
        if let Some(fault) = faults.ids().find(|id| !known.contains(id)) {
            return stale(format!(
                "the committed matrix has no row for the fault `{fault}`"
            ));
        }
        if let Some(fault) = known
            .into_iter()
            .find(|id| !faults.ids().any(|one| one == *id))
        {
            return stale(format!(
                "the committed matrix has a row for `{fault}`, and that is no fault"
            ));
        }
        for (name, scenario) in scenarios {
            let Some(claims) = self.claims.get(name) else {
                return stale(format!(
                    "the committed matrix has no row for the scenario {name}"
                ));
            };
            if let Some(claim) = scenario
                .expect
                .iter()
                .find(|claim| !claims.contains(*claim))
            {
                return stale(format!(
                    "the committed matrix does not know the claim {claim} of {name}"
                ));
            }
        }
        if let Some(name) = self
            .claims
            .keys()
            .find(|name| !scenarios.contains_key(*name))
        {
            return stale(format!(
                "the committed matrix has a row for {name}, and there is no such scenario"
            ));
        }
        Ok(())
    }

    /// A property of the registry that no scenario of the matrix judges.
    pub(super) fn knows_every_property(&self, path: &Path) -> Result<(), Failure> {
        let judged: BTreeSet<&String> = self.claims.values().flatten().collect();
        let properties = evidence::PROPERTIES.iter();
        let properties = properties.filter(|property| !property.needs_declared());
        let mut properties = properties.map(|property| property.name);
        match properties.find(|name| !judged.contains(&(*name).to_owned())) {
            Some(name) => Err(Failure::input(
                format!("the committed matrix has no row for the property {name}"),
                path.display(),
                ANEW,
            )),
            None => Ok(()),
        }
    }
}

fn lines<T: Serialize>(rows: &BTreeMap<String, T>, indent: &str) -> String {
    let row = |(name, row): (&String, &T)| format!("\n{indent}  {}: {}", json(name), json(row));
    let rows: Vec<String> = rows.iter().map(row).collect();
    if rows.is_empty() {
        return "{}".to_owned();
    }
    format!("{{{}\n{indent}}}", rows.join(","))
}

fn json(value: &impl Serialize) -> String {
    // Names and lists of names are always JSON.
    let text = serde_json::to_string(value).unwrap_or_default();
    text.replace(",\"", ", \"").replace("\":", "\": ")
}
