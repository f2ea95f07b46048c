//! One row of the kill matrix: what one fault broke.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::count::counted;

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
    /// The properties that must name it.
    pub(crate) named_by: Vec<String>,
    /// Whether one of them was violated, with the fault's own rule.
    pub(crate) named: bool,
    /// How often the suite ran until the fault was named, or until there were no more tries.
    pub(crate) looks: u32,
    pub(crate) cells: Vec<Cell>,
    /// The scenarios that could not be judged under it.
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

    /// Whether it broke any claim of this scenario.
    pub(crate) fn touches(&self, scenario: &str) -> bool {
        self.cells.iter().any(|cell| cell.scenario == scenario)
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

impl Kill {
    pub(super) fn count(&self, property: &str) -> (&'static str, usize) {
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
            let text = format!(
                "{} in {}",
                cell.property,
                counted(scenarios.count() as u64, "scenario")
            );
            if !properties.contains(&text) {
                properties.push(text);
            }
        }
        if properties.is_empty() {
            properties.push("nothing is broken".to_owned());
        }
        let looks = if self.named && self.looks > 1 {
            format!("; in run {} of the suite", self.looks)
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
    fn a_later_run_adds_the_rules_that_an_earlier_one_did_not_show() {
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
