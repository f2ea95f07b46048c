//! Findings as text: one screen for a person, JSON for a program. Nothing is judged here.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use evidence::{Finding, History, Verdict, What};
use schemars::Schema;
use serde::Serialize;
use serde_json::{Value, json};

/// How many witnesses of one finding the screen shows; the JSON report has them all.
const SHOWN: usize = 3;

/// What a history shows.
#[derive(Serialize)]
pub(crate) struct Report {
    /// The report's format.
    airtight_report: u32,
    scenario: String,
    rules: Vec<String>,
    seed: u64,
    /// The run was killed before its end.
    cut_short: bool,
    /// Events that arrived.
    deliveries: u64,
    pub(crate) verdict: Verdict,
    findings: Vec<Judged>,
}

/// One property's answer.
#[derive(Serialize)]
pub(crate) struct Judged {
    pub(crate) property: &'static str,
    #[serde(flatten)]
    pub(crate) finding: Finding,
}

impl Report {
    pub(crate) fn new(history: &History, findings: Vec<Judged>) -> Self {
        let received = |what: &What| matches!(what, What::Received { .. });
        let deliveries = history
            .observations
            .iter()
            .filter(|seen| received(&seen.what))
            .count();
        Self {
            airtight_report: 1,
            scenario: history.scene.scenario.clone(),
            rules: history.scene.rules.clone(),
            seed: history.scene.seed,
            cut_short: history.cut_short,
            deliveries: deliveries as u64,
            verdict: Verdict::worst(findings.iter().map(|judged| judged.finding.verdict)),
            findings,
        }
    }

    /// The verdict alone.
    pub(crate) fn write_verdict(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}", self.verdict)
    }

    /// One screen.
    pub(crate) fn write_terminal(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{} ({})", self.scenario, self.rules.join(", "))?;
        for Judged { property, finding } in &self.findings {
            writeln!(
                out,
                "  {:9} {property}  {} chances",
                finding.verdict, finding.chances
            )?;
            if !finding.reason.is_empty() {
                writeln!(out, "            {}", finding.reason)?;
            }
            for witness in finding.witnesses.iter().take(SHOWN) {
                let line = witness
                    .seq
                    .map_or_else(String::new, |seq| format!("#{seq}: "));
                writeln!(out, "            {line}{}", witness.says)?;
                if !witness.frame.is_empty() {
                    writeln!(out, "            frame: {}", witness.frame.escape_debug())?;
                }
            }
            if finding.witnesses.len() > SHOWN {
                writeln!(
                    out,
                    "            and {} more",
                    finding.witnesses.len() - SHOWN
                )?;
            }
        }
        if self.cut_short {
            writeln!(
                out,
                "  the run was cut short; what it wrote until then is judged"
            )?;
        }
        writeln!(
            out,
            "{}: {} deliveries, seed {}",
            self.verdict, self.deliveries, self.seed
        )
    }

    /// The whole report as JSON.
    pub(crate) fn write_json(&self, file: &Path) -> io::Result<()> {
        let mut text = serde_json::to_string_pretty(self).map_err(io::Error::other)?;
        text.push('\n');
        fs::write(file, text)
    }

    /// The schema of a line that is one of two things.
    pub(crate) fn either_line(header: &Schema, observation: &Schema) -> Value {
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "One line of an airtight history",
            "description": "The first line is the header, every other one an observation.",
            "oneOf": [embedded(header, "header"), embedded(observation, "observation")],
        })
    }
}

/// `schema` with an id of its own, so that its references stay inside it.
fn embedded(schema: &Schema, name: &str) -> Value {
    let mut value = schema.clone().to_value();
    if let Some(object) = value.as_object_mut() {
        object.remove("$schema");
        object.insert(
            "$id".to_owned(),
            json!(format!("urn:airtight:history:{name}")),
        );
    }
    value
}
