//! The report of a smoke test: a line for each check, and for what is wrong why it matters and the fix.

use std::io::{self, Write};
use std::time::Duration;

use deploy_checks::Outcome;
use evidence::Verdict;
use serde::Serialize;
use url::Url;

use super::formats::{self, Format};
use super::json::json_text;
use super::results::{ClaimResult, Results, ScenarioResult};

/// What was seen of a deployment.
#[derive(Serialize)]
pub(crate) struct Smoke {
    /// The report's format.
    airtight_smoke: u32,
    url: String,
    /// The worst of the checks.
    pub(crate) verdict: Verdict,
    seconds: f64,
    checks: Vec<Outcome>,
}

impl Smoke {
    pub(crate) fn new(url: Option<&Url>, took: Duration, checks: Vec<Outcome>) -> Self {
        Self {
            airtight_smoke: 1,
            url: url.map_or_else(String::new, Url::to_string),
            verdict: Verdict::worst(checks.iter().map(|outcome| outcome.verdict)),
            seconds: took.as_secs_f64(),
            checks,
        }
    }

    /// The verdict alone.
    pub(crate) fn write_verdict(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}", self.verdict)
    }

    /// One screen.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for Outcome {
            check,
            verdict,
            found,
        } in &self.checks
        {
            let rules = check.rules.join(" ");
            writeln!(
                out,
                "  {verdict:9}  {:18}  {}  {rules}",
                check.name, check.claim
            )?;
            for line in found {
                writeln!(out, "             {}", line.escape_debug())?;
            }
            if *verdict == Verdict::Violated {
                writeln!(out, "             why: {}", check.why)?;
                writeln!(out, "             fix: {}", check.fix)?;
            }
        }
        let count = |verdict| {
            let of_it = self
                .checks
                .iter()
                .filter(|outcome| outcome.verdict == verdict);
            of_it.count()
        };
        writeln!(
            out,
            "\n{}: {} of {} checks hold, {} violated, {} undecided, {:.1} s",
            self.verdict,
            count(Verdict::Holds),
            self.checks.len(),
            count(Verdict::Violated),
            count(Verdict::Undecided),
            self.seconds
        )
    }

    /// The whole report in a format; a page has nothing to show here.
    pub(crate) fn render(&self, format: Format) -> io::Result<String> {
        let claims = self.checks.iter().map(|outcome| ClaimResult {
            name: outcome.check.name,
            sentence: outcome.check.claim,
            verdict: outcome.verdict,
            rules: match outcome.verdict {
                Verdict::Violated => outcome
                    .check
                    .rules
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
                _ => Vec::new(),
            },
            summary: outcome.found.first().cloned().unwrap_or_default(),
            details: format!(
                "{}\nwhy: {}\nfix: {}\n",
                outcome.found.join("\n"),
                outcome.check.why,
                outcome.check.fix
            ),
            line: None,
            leaks: Vec::new(),
        });
        let results = Results {
            name: &self.url,
            verdict: Some(self.verdict),
            scenarios: vec![ScenarioResult {
                name: self.url.clone(),
                file: None,
                history: None,
                took: Some(Duration::from_secs_f64(self.seconds)),
                untested: None,
                error: None,
                claims: claims.collect(),
            }],
        };
        formats::standard(&results, format).unwrap_or_else(|| json_text(self))
    }
}
