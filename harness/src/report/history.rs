//! The report of one history: one screen for a person, or a file in a format.

use std::io::{self, Write};
use std::path::Path;

use evidence::{Scene, Verdict};
use schemars::JsonSchema;
use serde::Serialize;

use super::count::counted;
use super::formats::{self, Format};
use super::json::json_text;
use super::judged::Judged;
use super::results::{ClaimResult, Results, ScenarioResult};
use super::timing::Timing;

/// What a history shows.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Report {
    /// The version of the report's format.
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
                "  the run was cut short: only what it recorded before that is judged"
            )?;
        }
        self.timing.write(out)?;
        writeln!(
            out,
            "{}: {}, seed {}",
            self.verdict,
            counted(self.deliveries, "delivery"),
            self.seed
        )
    }

    /// Each finding as a claim.
    pub(super) fn claims(&self) -> Vec<ClaimResult> {
        self.findings.iter().map(Judged::claim).collect()
    }

    /// The findings that are `at_least` so bad.
    pub(super) fn write_findings(&self, out: &mut impl Write, at_least: Verdict) -> io::Result<()> {
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

    /// How many frames and answers could have contained another user's marker.
    pub(crate) fn chances_to_leak(&self) -> u64 {
        self.findings
            .iter()
            .filter(|judged| judged.property == "no_foreign_events")
            .map(|judged| judged.finding.chances)
            .sum()
    }

    /// Whether a property that keeps users apart had a chance to be broken.
    pub(crate) fn tested_isolation(&self) -> bool {
        const DELIVERY: [&str; 6] = [
            "every_event_delivered",
            "every_event_once",
            "events_in_order",
            "sockets_stay",
            "expectations_met",
            // It is about one user alone.
            "new_session_at_login",
        ];
        self.findings
            .iter()
            .any(|judged| !DELIVERY.contains(&judged.property) && judged.finding.chances > 0)
    }

    /// The whole report in a format; `history` is the file that it was judged from.
    pub(crate) fn render(&self, format: Format, history: &Path) -> io::Result<String> {
        let results = Results {
            name: &self.scenario,
            verdict: Some(self.verdict),
            scenarios: vec![ScenarioResult {
                name: self.scenario.clone(),
                file: None,
                history: Some(history),
                took: None,
                untested: None,
                error: None,
                claims: self.claims(),
            }],
        };
        formats::standard(&results, format).unwrap_or_else(|| json_text(self))
    }
}
