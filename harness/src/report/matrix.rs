//! The kill matrix: which fault was named by which property in which scenario.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use askama::Template;
use evidence::Verdict;
use schemars::JsonSchema;
use serde::Serialize;

use super::fault_row::Kill;
use super::suite::Suite;

/// A claim that no fault broke.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Untouched {
    /// The scenario with the claim. Absent if no fault broke this property in any scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scenario: Option<String>,
    pub(crate) property: String,
}

/// A difference from the committed matrix, or a pair that could not be compared with it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Unlike {
    pub(crate) fault: String,
    pub(crate) scenario: String,
    pub(crate) property: String,
    /// What the committed matrix says, and what was seen.
    pub(crate) says: String,
}

/// The pairs of a fault and a scenario that were run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Sample {
    pub(crate) pairs: usize,
    /// How many pairs there are in all.
    pub(crate) of: usize,
    /// The seed that chose the random part of the pairs.
    pub(crate) seed: String,
}

/// The whole matrix, or a sample of it. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Matrix {
    airtight_selftest: u32,
    /// The verdict for the system without a fault. Absent if the suite could not run.
    clean: Option<Verdict>,
    pub(crate) seed: u64,
    faults: Vec<Kill>,
    /// Claims that no fault broke, so they may be unable to fail. Empty if only some faults were tried.
    untouched: Vec<Untouched>,
    /// The pairs that were run. Absent if the whole suite ran under each fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<Sample>,
    /// What differed from the committed matrix in every run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unlike: Vec<Unlike>,
    /// Claims that are broken in the committed matrix, and that every run left undecided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unsaid: Vec<Unlike>,
    /// Holds if the clean system holds, each fault is named, a fault breaks each claim, and nothing differs from the
    /// committed matrix.
    verdict: Verdict,
    /// The properties that each scenario judges.
    #[serde(skip)]
    claims: BTreeMap<String, BTreeSet<String>>,
}

impl Matrix {
    /// The whole suite, without a fault and under each; `claims` are what must be broken once.
    pub(crate) fn new(
        clean: &Suite,
        faults: Vec<Kill>,
        claims: &[(Option<String>, String)],
        judged: BTreeMap<String, BTreeSet<String>>,
    ) -> Self {
        Self {
            airtight_selftest: 1,
            clean: clean.verdict(),
            seed: clean.seed(),
            untouched: untouched(&faults, claims),
            faults,
            sample: None,
            unlike: Vec::new(),
            unsaid: Vec::new(),
            verdict: Verdict::Holds,
            claims: judged,
        }
        .decided()
    }

    /// Some pairs, held against the committed matrix.
    pub(crate) fn of_sample(
        seed: u64,
        faults: Vec<Kill>,
        claims: &[(Option<String>, String)],
        sample: Sample,
        unlike: Vec<Unlike>,
        unsaid: Vec<Unlike>,
    ) -> Self {
        Self {
            airtight_selftest: 1,
            clean: None,
            seed,
            untouched: untouched(&faults, claims),
            faults,
            sample: Some(sample),
            unlike,
            unsaid,
            verdict: Verdict::Holds,
            claims: BTreeMap::new(),
        }
        .decided()
    }

    fn decided(self) -> Self {
        let clean = match (&self.sample, self.clean) {
            (Some(_), _) => Verdict::Holds,
            (None, clean) => clean.unwrap_or(Verdict::Undecided),
        };
        // Of what could not be run nothing bad is said.
        let unnamed = |kill: &Kill| match (kill.named, kill.not_run.is_empty()) {
            (true, _) => Verdict::Holds,
            (false, true) => Verdict::Violated,
            (false, false) => Verdict::Undecided,
        };
        let broken = |is_broken: bool, verdict| if is_broken { verdict } else { Verdict::Holds };
        let others = [
            clean,
            broken(!self.untouched.is_empty(), Verdict::Violated),
            broken(!self.unlike.is_empty(), Verdict::Violated),
            broken(!self.unsaid.is_empty(), Verdict::Undecided),
        ];
        let verdict = Verdict::worst(self.faults.iter().map(unnamed).chain(others));
        Self { verdict, ..self }
    }

    /// Whether the system holds without a fault.
    pub(crate) fn is_clean(&self) -> bool {
        self.clean == Some(Verdict::Holds)
    }

    /// The properties that each scenario judges.
    pub(crate) const fn claims(&self) -> &BTreeMap<String, BTreeSet<String>> {
        &self.claims
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
        match &self.sample {
            None => writeln!(out, "\nwithout a fault: {}", self.clean_word())?,
            Some(sample) => writeln!(
                out,
                "\n{} of {} pairs of a fault and a scenario were run: --sample-seed {}",
                sample.pairs, sample.of, sample.seed
            )?,
        }
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
        self.write_unlike(out)?;
        let named = self.faults.iter().filter(|kill| kill.named).count();
        writeln!(
            out,
            "{}: {named} of {} faults are named",
            self.verdict,
            self.faults.len()
        )
    }

    fn write_unlike(&self, out: &mut impl Write) -> io::Result<()> {
        let all = self
            .unlike
            .iter()
            .map(|one| ("differs from the matrix", one));
        let all = all.chain(self.unsaid.iter().map(|one| ("undecided", one)));
        for (what, one) in all {
            let Unlike {
                fault,
                scenario,
                property,
                says,
            } = one;
            writeln!(out, "{what}: {fault}, {property} in {scenario}: {says}")?;
        }
        if !self.unlike.is_empty() {
            writeln!(
                out,
                "fix: repair what changed; if the change is intended, run `make selftest-all` and commit its matrix"
            )?;
        }
        Ok(())
    }

    fn clean_word(&self) -> String {
        match (self.clean, &self.sample) {
            (Some(clean), _) => clean.to_string(),
            (None, Some(_)) => "not asked".to_owned(),
            (None, None) => "could not run".to_owned(),
        }
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
            clean: self.clean_word(),
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

/// The claims that none of these broke.
fn untouched(faults: &[Kill], claims: &[(Option<String>, String)]) -> Vec<Untouched> {
    let broken = |scenario: Option<&String>, property: &str| {
        let mut cells = faults.iter().flat_map(|kill| &kill.cells);
        cells.any(|cell| {
            cell.property == property && scenario.is_none_or(|name| cell.scenario == *name)
        })
    };
    claims
        .iter()
        .filter(|(scenario, property)| !broken(scenario.as_ref(), property))
        .map(|(scenario, property)| Untouched {
            scenario: scenario.clone(),
            property: property.clone(),
        })
        .collect()
}
