//! Findings as text: one screen for a person, JSON for a program. Nothing is judged here.

mod junit;
mod kill;
mod load;
mod matrix;
mod outlet;
mod page;
mod results;
mod sarif;
mod smoke;
mod suite;
mod tap;
mod timing;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use evidence::{Finding, Scene, Verdict};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::{Value, json};

pub(crate) use kill::{Cell, Kill};
pub(crate) use load::Load;
pub(crate) use matrix::{Matrix, Sample, Unlike};
pub(crate) use outlet::{Format, Outlet, write_all};
pub(crate) use results::Results;
pub(crate) use smoke::Smoke;
pub(crate) use suite::{Entry, Suite, shown};
pub(crate) use timing::Timing;

/// How many witnesses of one finding the screen shows; the JSON report has them all.
const SHOWN: usize = 3;

/// What a history shows.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Report {
    /// The report's format.
    airtight_report: u32,
    pub(crate) scenario: String,
    pub(crate) rules: Vec<String>,
    seed: u64,
    /// The run was killed before its end.
    cut_short: bool,
    /// Events that arrived.
    pub(crate) deliveries: u64,
    #[serde(flatten)]
    pub(crate) timing: Timing,
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<Judged>,
}

/// One property's answer.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Judged {
    pub(crate) property: &'static str,
    /// The rules that are broken: those of the leaking events where the target names them, the
    /// property's where the history names one, and otherwise the scenario's own. Empty unless violated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) rules: Vec<String>,
    #[serde(flatten)]
    pub(crate) finding: Finding,
}

/// A frame as it came, but for what a terminal would obey or not show.
fn printable(frame: &str) -> String {
    let mut shown = String::with_capacity(frame.len());
    for character in frame.chars() {
        match character {
            '"' | '\'' | '\\' => shown.push(character),
            other => shown.extend(other.escape_debug()),
        }
    }
    shown
}

/// The rule of each event that leaked; the scenario's own where one of them names none.
fn broken_rules(scene: &Scene, property: &str, finding: &Finding) -> Vec<String> {
    let own = scene
        .breaks
        .get(property)
        .map_or_else(|| scene.rules.clone(), |rule| vec![rule.clone()]);
    if property != "no_foreign_events" || finding.witnesses.is_empty() {
        return own;
    }
    let mut rules = BTreeSet::new();
    for witness in &finding.witnesses {
        let event = witness.event.as_ref();
        match event.and_then(|event| scene.leaks.get(event)) {
            Some(rule) => _ = rules.insert(rule.clone()),
            None => rules.extend(own.iter().cloned()),
        }
    }
    rules.into_iter().collect()
}

impl Judged {
    pub(crate) fn new(scene: &Scene, property: &'static str, finding: Finding) -> Self {
        let rules = match finding.verdict {
            Verdict::Violated => broken_rules(scene, property, &finding),
            _ => Vec::new(),
        };
        Self {
            property,
            rules,
            finding,
        }
    }

    fn write(&self, out: &mut impl Write, indent: &str) -> io::Result<()> {
        let Self {
            property,
            rules,
            finding,
        } = self;
        let broken = if rules.is_empty() {
            String::new()
        } else {
            format!("  breaks {}", rules.join(", "))
        };
        writeln!(
            out,
            "{indent}{:9} {property}  {} chances{broken}",
            finding.verdict, finding.chances
        )?;
        let indent = format!("{indent}          ");
        if !finding.reason.is_empty() {
            writeln!(out, "{indent}{}", finding.reason)?;
        }
        for witness in finding.witnesses.iter().take(SHOWN) {
            let line = witness
                .seq
                .map_or_else(String::new, |seq| format!("#{seq}: "));
            writeln!(out, "{indent}{line}{}", witness.says)?;
            if !witness.frame.is_empty() {
                writeln!(out, "{indent}frame: {}", printable(&witness.frame))?;
            }
        }
        let more = (finding.witnesses.len() as u64 + finding.left_out).saturating_sub(SHOWN as u64);
        if more > 0 {
            writeln!(out, "{indent}and {more} more")?;
        }
        Ok(())
    }
}

impl Report {
    pub(crate) fn new(
        scene: &Scene,
        deliveries: u64,
        cut_short: bool,
        findings: Vec<Judged>,
    ) -> Self {
        Self {
            airtight_report: 1,
            scenario: scene.scenario.clone(),
            rules: scene.rules.clone(),
            seed: scene.seed,
            cut_short,
            deliveries,
            timing: Timing::default(),
            verdict: Verdict::worst(findings.iter().map(|judged| judged.finding.verdict)),
            findings,
        }
    }

    /// The same with how late the harness was, and how long it listened.
    pub(crate) fn timed(self, timing: Timing) -> Self {
        Self { timing, ..self }
    }

    /// The verdict alone.
    pub(crate) fn write_verdict(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}", self.verdict)
    }

    /// One screen.
    pub(crate) fn write_terminal(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{} ({})", self.scenario, self.rules.join(", "))?;
        for judged in &self.findings {
            judged.write(out, "  ")?;
        }
        if self.cut_short {
            writeln!(
                out,
                "  the run was cut short; what it wrote until then is judged"
            )?;
        }
        self.timing.write(out)?;
        writeln!(
            out,
            "{}: {} deliveries, seed {}",
            self.verdict, self.deliveries, self.seed
        )
    }

    /// The findings that are `at_least` so bad.
    fn write_findings(&self, out: &mut impl Write, at_least: Verdict) -> io::Result<()> {
        let mut open = self
            .findings
            .iter()
            .filter(|judged| judged.finding.verdict >= at_least);
        open.try_for_each(|judged| judged.write(out, "             "))
    }

    /// What could have broken any of its claims.
    pub(crate) fn chances(&self) -> u64 {
        let findings = self.findings.iter();
        findings.map(|judged| judged.finding.chances).sum()
    }

    /// Frames and answers in which somebody else's marker could have stood.
    pub(crate) fn chances_to_leak(&self) -> u64 {
        self.findings
            .iter()
            .filter(|judged| judged.property == "no_foreign_events")
            .map(|judged| judged.finding.chances)
            .sum()
    }

    /// The whole report in a format; `history` is the file that it was judged from.
    pub(crate) fn render(&self, format: Format, history: &Path) -> io::Result<String> {
        let results = Results {
            name: &self.scenario,
            verdict: Some(self.verdict),
            outcomes: vec![results::Outcome {
                name: self.scenario.clone(),
                file: None,
                history: Some(history),
                took: None,
                error: None,
                claims: self.claims(),
            }],
        };
        outlet::standard(&results, format).unwrap_or_else(|| json_text(self))
    }

    /// The schema of a report: of many scenarios, or of one history that was judged again.
    pub(crate) fn schema() -> Value {
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "An airtight report",
            "oneOf": [
                embedded(&written::<Suite>(), "report:suite"),
                embedded(&written::<Self>(), "report:history"),
            ],
        })
    }

    /// The schema of a line that is one of two things.
    pub(crate) fn either_line(header: &Schema, observation: &Schema) -> Value {
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "One line of an airtight history",
            "description": "The first line is the header, every other one an observation.",
            "oneOf": [embedded(header, "history:header"), embedded(observation, "history:observation")],
        })
    }
}

/// The schema of what is written: what may be left out is not asked for.
pub(crate) fn written<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>()
}

/// JSON for people too.
fn json_text(report: &impl Serialize) -> io::Result<String> {
    let text = serde_json::to_string_pretty(report).map_err(io::Error::other)?;
    Ok(text + "\n")
}

/// `schema` with an id of its own, so that its references stay inside it.
fn embedded(schema: &Schema, name: &str) -> Value {
    let mut value = schema.clone().to_value();
    if let Some(object) = value.as_object_mut() {
        object.remove("$schema");
        object.insert("$id".to_owned(), json!(format!("urn:airtight:{name}")));
    }
    value
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use evidence::Witness;

    use super::*;

    fn leaked(events: &[&str]) -> Vec<String> {
        let scene = Scene {
            airtight_history: 1,
            scenario: "s".to_owned(),
            rules: vec!["ISO01".to_owned()],
            users: Vec::new(),
            expect: Vec::new(),
            seed: 0,
            leaks: BTreeMap::from([("threads".to_owned(), "ISO04".to_owned())]),
            breaks: BTreeMap::new(),
        };
        let witness = |event: &&str| Witness {
            seq: Some(1),
            says: "seen".to_owned(),
            frame: String::new(),
            event: Some((*event).to_owned()),
        };
        let finding = Finding {
            verdict: Verdict::Violated,
            chances: 1,
            reason: String::new(),
            left_out: 0,
            witnesses: events.iter().map(witness).collect(),
        };
        Judged::new(&scene, "no_foreign_events", finding).rules
    }

    #[test]
    fn an_event_that_leaks_breaks_its_rule_and_hides_no_other() {
        assert_eq!(leaked(&["threads"]), ["ISO04"]);
        assert_eq!(leaked(&["popup"]), ["ISO01"]);
        assert_eq!(leaked(&["threads", "popup"]), ["ISO01", "ISO04"]);
    }
}
