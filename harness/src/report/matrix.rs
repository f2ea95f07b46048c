//! The kill matrix: which fault was named by which property in which scenario.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use askama::Template;
use evidence::Verdict;
use schemars::JsonSchema;
use serde::Serialize;

use super::Suite;

/// One claim that a fault broke.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Cell {
    pub(crate) scenario: String,
    pub(crate) property: String,
    /// The rules that the finding breaks.
    pub(crate) rules: Vec<String>,
    /// The first witness, in one line.
    pub(crate) witness: String,
}

/// What one fault did.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Kill {
    pub(crate) fault: String,
    /// The properties that speak of it.
    pub(crate) named_by: Vec<String>,
    /// Whether one of them was violated, with the fault's own rule.
    pub(crate) named: bool,
    /// How often the suite was run until it was named, or given up.
    pub(crate) looks: u32,
    pub(crate) cells: Vec<Cell>,
    /// Scenarios that could not be judged under it.
    pub(crate) not_run: Vec<String>,
}

impl Kill {
    /// Nothing was run yet.
    pub(crate) fn of(fault: &str, named_by: &[String]) -> Self {
        Self {
            fault: fault.to_owned(),
            named_by: named_by.to_vec(),
            named: false,
            looks: 0,
            cells: Vec::new(),
            not_run: Vec::new(),
        }
    }

    /// Whether it broke this claim.
    pub(crate) fn breaks(&self, scenario: &str, property: &str) -> bool {
        let is_it = |cell: &Cell| cell.scenario == scenario && cell.property == property;
        self.cells.iter().any(is_it)
    }

    /// Adds what another run broke.
    pub(crate) fn add(&mut self, cells: Vec<Cell>) {
        for cell in cells {
            let known = self
                .cells
                .iter_mut()
                .find(|known| known.scenario == cell.scenario && known.property == cell.property);
            match known {
                Some(known) => {
                    for rule in cell.rules {
                        if !known.rules.contains(&rule) {
                            known.rules.push(rule);
                        }
                    }
                }
                None => self.cells.push(cell),
            }
        }
    }
}

/// A claim that no fault broke.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Untouched {
    /// Absent where no scenario's claim of this property was ever broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scenario: Option<String>,
    pub(crate) property: String,
}

/// The whole matrix. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Matrix {
    airtight_selftest: u32,
    /// What the suite says of the system without a fault; absent when it could not be run.
    clean: Option<Verdict>,
    pub(crate) seed: u64,
    faults: Vec<Kill>,
    /// Checks that cannot fail, as far as these faults show. Empty where only some were tried.
    untouched: Vec<Untouched>,
    /// Holds when the clean system holds, each fault is named and each claim was broken by one.
    verdict: Verdict,
}

impl Matrix {
    pub(crate) fn new(
        clean: &Suite,
        faults: Vec<Kill>,
        claims: &[(Option<String>, String)],
    ) -> Self {
        let broken = |scenario: Option<&String>, property: &str| {
            let mut cells = faults.iter().flat_map(|kill| &kill.cells);
            cells.any(|cell| {
                cell.property == property && scenario.is_none_or(|name| cell.scenario == *name)
            })
        };
        let untouched: Vec<Untouched> = claims
            .iter()
            .filter(|(scenario, property)| !broken(scenario.as_ref(), property))
            .map(|(scenario, property)| Untouched {
                scenario: scenario.clone(),
                property: property.clone(),
            })
            .collect();
        let good = clean.verdict() == Some(Verdict::Holds)
            && untouched.is_empty()
            && faults.iter().all(|kill| kill.named);
        let verdict = if good {
            Verdict::Holds
        } else {
            Verdict::Violated
        };
        Self {
            airtight_selftest: 1,
            clean: clean.verdict(),
            seed: clean.seed(),
            faults,
            untouched,
            verdict,
        }
    }

    pub(crate) const fn verdict(&self) -> Verdict {
        self.verdict
    }

    pub(crate) fn exit_code(&self) -> u8 {
        self.verdict.exit_code()
    }

    /// The last lines of the screen: the matrix by property, and what is wrong with it.
    pub(crate) fn write_end(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "\n{:<28} broken by", "property")?;
        for (property, faults) in self.by_property() {
            let shown: Vec<&str> = faults.iter().take(6).copied().collect();
            let more = faults.len().saturating_sub(shown.len());
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            writeln!(out, "{property:<28} {}{more}", shown.join(" "))?;
        }
        let clean = self
            .clean
            .map_or("could not run".to_owned(), |clean| clean.to_string());
        writeln!(out, "\nwithout a fault: {clean}")?;
        for kill in self.faults.iter().filter(|kill| !kill.named) {
            writeln!(
                out,
                "not named: {} by {}",
                kill.fault,
                kill.named_by.join(" or ")
            )?;
        }
        for Untouched { scenario, property } in &self.untouched {
            match scenario {
                Some(scenario) => writeln!(out, "broken by no fault: {property} in {scenario}")?,
                None => writeln!(out, "broken by no fault: {property}")?,
            }
        }
        let named = self.faults.iter().filter(|kill| kill.named).count();
        writeln!(
            out,
            "{}: {named} of {} faults are named",
            self.verdict,
            self.faults.len()
        )
    }

    fn by_property(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut by_property: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for kill in &self.faults {
            for cell in &kill.cells {
                let faults = by_property.entry(&cell.property).or_default();
                faults.insert(&kill.fault);
            }
        }
        by_property
    }

    /// The whole matrix as JSON.
    pub(crate) fn json(&self) -> io::Result<String> {
        let text = serde_json::to_string_pretty(self).map_err(io::Error::other)?;
        Ok(text + "\n")
    }

    /// The whole matrix as a page that needs neither network nor scripts.
    pub(crate) fn page(&self) -> io::Result<String> {
        let properties: Vec<&str> = self.by_property().into_keys().collect();
        let rows = self.faults.iter().map(|kill| Row {
            kill,
            counts: properties
                .iter()
                .map(|property| kill.count(property))
                .collect(),
        });
        let page = Page {
            rows: rows.collect(),
            properties: properties.clone(),
            matrix: self,
            clean: self
                .clean
                .map_or("could not run".to_owned(), |clean| clean.to_string()),
        };
        page.render().map_err(io::Error::other)
    }
}

struct Row<'a> {
    kill: &'a Kill,
    /// In how many scenarios each property is broken, and how the number looks.
    counts: Vec<(&'static str, usize)>,
}

#[derive(Template)]
#[template(path = "matrix.html")]
struct Page<'a> {
    matrix: &'a Matrix,
    clean: String,
    properties: Vec<&'a str>,
    rows: Vec<Row<'a>>,
}

impl Kill {
    fn count(&self, property: &str) -> (&'static str, usize) {
        let broken = self.cells.iter().filter(|cell| cell.property == property);
        match broken.count() {
            0 => ("", 0),
            count if self.named_by.iter().any(|name| name == property) => ("own", count),
            count => ("hit", count),
        }
    }

    /// One line.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let word = if self.named { "named" } else { "NOT NAMED" };
        let mut properties: Vec<String> = Vec::new();
        for cell in &self.cells {
            let scenarios = self
                .cells
                .iter()
                .filter(|other| other.property == cell.property);
            let text = format!("{} in {}", cell.property, scenarios.count());
            if !properties.contains(&text) {
                properties.push(text);
            }
        }
        let looks = if self.named && self.looks > 1 {
            format!("; at the {}. look", self.looks)
        } else {
            String::new()
        };
        writeln!(
            out,
            "  {word:9}  {:16} {}{looks}",
            self.fault,
            properties.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_look_adds_the_rules_that_an_earlier_one_did_not_show() {
        let cell = |rule: &str| Cell {
            scenario: "a".to_owned(),
            property: "no_foreign_events".to_owned(),
            rules: vec![rule.to_owned()],
            witness: String::new(),
        };
        let mut kill = Kill::of("ISO01", &["no_foreign_events".to_owned()]);
        kill.add(vec![cell("ISO04")]);
        kill.add(vec![cell("ISO01"), cell("ISO04")]);
        assert_eq!(kill.cells.len(), 1);
        assert_eq!(kill.cells[0].rules, ["ISO04", "ISO01"]);
    }
}
