//! The report of many scenarios: one line each, what is wrong below it, and a verdict at the end.

mod screen;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use evidence::Verdict;
use probe::ClientKind;
use schemars::JsonSchema;
use serde::Serialize;

use super::count::form;
use super::formats::{self, Format};
use super::history::Report;
use super::json::json_text;
use super::load::Load;
use super::results::{Results, ScenarioResult, Untested};
use super::settling;

/// One scenario's outcome.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Entry {
    path: PathBuf,
    client: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<PathBuf>,
    #[serde(skip)]
    took: Duration,
    /// Why it did not run to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<Report>,
    /// Why it was not tested on this target.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_tested: Option<NotTested>,
    /// The properties that this target gives no occasion for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_judged: Vec<NotJudged>,
}

/// A property that a scenario has and the target gives no occasion for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct NotJudged {
    pub(crate) property: String,
    pub(crate) why: &'static str,
}

/// Why a scenario was not tested.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NotTested {
    /// The target file says that there is no such thing, in these words: it proves nothing, and a run may hold without
    /// it.
    NotApplicable(String),
    /// The target file says nothing of what the scenario needs: for each such need, one of these lines would settle it.
    NotMentioned(Vec<Vec<String>>),
    /// It is about the target of this name alone: it proves nothing of any other.
    OfAnotherTarget(String),
    /// The users that are known are too few, or have other names, for this reason.
    NoUsers(String),
    /// The client is not installed, or cannot do this.
    NoClient(String),
}

impl NotTested {
    /// Why, in one line.
    pub(crate) fn why(&self) -> String {
        let why = self.told().why;
        let mut lines = why.lines().map(str::trim);
        let first = lines.next().unwrap_or_default();
        let others: Vec<String> = lines.map(|line| format!("`{line}`")).collect();
        format!("{first} {}", others.join(" or "))
            .trim_end()
            .to_owned()
    }

    fn told(&self) -> Untested {
        let (is_not_applicable, why) = match self {
            Self::NotApplicable(word) => (true, format!("the target file says `{word}`")),
            Self::OfAnotherTarget(name) => (true, format!("it is about {name} alone")),
            Self::NoUsers(why) | Self::NoClient(why) => (false, why.clone()),
            Self::NotMentioned(needs) => (false, settling::of_one(needs).join("\n")),
        };
        Untested {
            is_not_applicable,
            why,
        }
    }
}

/// The whole run's outcome.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Suite {
    airtight_report: u32,
    target: String,
    seed: u64,
    history: PathBuf,
    /// Absent if a scenario did not run and none is violated.
    verdict: Option<Verdict>,
    /// Events that arrived.
    deliveries: u64,
    /// How many frames and answers could have contained another user's marker.
    chances_to_leak: u64,
    scenarios: Vec<Entry>,
    /// The figures of a load. Absent for any other run.
    #[serde(skip_serializing_if = "Option::is_none")]
    load: Option<Load>,
    #[serde(skip)]
    took: Duration,
}

impl Entry {
    pub(crate) fn new(
        path: PathBuf,
        client: ClientKind,
        history: PathBuf,
        took: Duration,
        report: Report,
        error: Option<String>,
    ) -> Self {
        Self {
            path,
            client: client.word(),
            history: Some(history),
            took,
            error,
            report: Some(report),
            not_tested: None,
            not_judged: Vec::new(),
        }
    }

    /// The same, without the properties that the target gives no occasion for.
    pub(crate) fn without(self, not_judged: Vec<NotJudged>) -> Self {
        Self { not_judged, ..self }
    }

    /// A scenario that this target gives no occasion for.
    pub(crate) fn not_tested(path: PathBuf, client: ClientKind, why: NotTested) -> Self {
        Self {
            path,
            client: client.word(),
            history: None,
            took: Duration::ZERO,
            error: None,
            report: None,
            not_tested: Some(why),
            not_judged: Vec::new(),
        }
    }

    /// Whether it is not applicable to the target.
    pub(crate) const fn is_not_applicable(&self) -> bool {
        matches!(
            self.not_tested,
            Some(NotTested::NotApplicable(_) | NotTested::OfAnotherTarget(_))
        )
    }

    /// Whether its client could not play it.
    pub(crate) const fn lacks_client(&self) -> bool {
        matches!(self.not_tested, Some(NotTested::NoClient(_)))
    }

    /// Whether nothing could leak in it, because all that is said is for everybody.
    fn is_all_for_everybody(&self) -> bool {
        let mut not_judged = self.not_judged.iter();
        not_judged.any(|one| one.property == "no_foreign_events")
    }

    /// What the target file would have to say for it.
    fn unmentioned(&self) -> Option<&[Vec<String>]> {
        match &self.not_tested {
            Some(NotTested::NotMentioned(needs)) => Some(needs),
            _ => None,
        }
    }

    pub(crate) fn failed(path: PathBuf, client: ClientKind, error: String) -> Self {
        Self {
            path,
            client: client.word(),
            history: None,
            took: Duration::ZERO,
            error: Some(error),
            report: None,
            not_tested: None,
            not_judged: Vec::new(),
        }
    }

    /// The last folder and the file, without the suffix.
    pub(crate) fn name(&self) -> String {
        short_name(&self.path)
    }

    /// The same, with the client where that is not the observer.
    fn shown(&self) -> String {
        if self.client == ClientKind::Own.word() {
            return self.name();
        }
        format!("{} ({})", self.name(), self.client)
    }

    pub(crate) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Why it was not tested.
    pub(crate) fn why_not_tested(&self) -> Option<String> {
        self.not_tested.as_ref().map(|why| why.told().why)
    }

    pub(crate) const fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// The file of its history.
    pub(crate) fn history(&self) -> Option<&Path> {
        self.history.as_deref()
    }

    /// The report of its history, and the history's file.
    pub(crate) fn into_report(self) -> Option<(Report, PathBuf)> {
        self.report.zip(self.history)
    }

    pub(crate) fn is_violated(&self) -> bool {
        self.report
            .as_ref()
            .is_some_and(|report| report.verdict == Verdict::Violated)
    }

    fn word(&self) -> &'static str {
        match &self.not_tested {
            Some(NotTested::NotApplicable(_) | NotTested::OfAnotherTarget(_)) => {
                return "not tested";
            }
            Some(NotTested::NotMentioned(_) | NotTested::NoUsers(_) | NotTested::NoClient(_)) => {
                return "undecided";
            }
            None => {}
        }
        match (&self.report, &self.error) {
            (Some(report), _) if report.verdict == Verdict::Violated => "violated",
            (_, Some(_)) | (None, None) => "not run",
            (Some(report), None) if report.verdict == Verdict::Undecided => "undecided",
            (Some(_), None) => "holds",
        }
    }

    /// One line, and below it whatever does not hold.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        // They are listed once for all, at the end.
        if self.is_not_applicable() {
            return Ok(());
        }
        let shown = self.shown();
        match &self.report {
            Some(report) => writeln!(
                out,
                "  {:9}  {:44} {:>6} {:10} {:>6} {:7} {:>5.1} s  {}",
                self.word(),
                shown,
                report.deliveries,
                form(report.deliveries, "delivery"),
                report.chances(),
                form(report.chances(), "chance"),
                self.took.as_secs_f64(),
                report.rules.join(" "),
            )?,
            None => writeln!(out, "  {:9}  {shown}", self.word())?,
        }
        match (&self.report, &self.error) {
            // What a run that stopped could not decide is no news.
            (Some(report), Some(_)) => report.write_findings(out, Verdict::Violated)?,
            (Some(report), None) => report.write_findings(out, Verdict::Undecided)?,
            (None, _) => {}
        }
        for NotJudged { property, why } in &self.not_judged {
            writeln!(out, "             not judged {property}: {why}")?;
        }
        match &self.not_tested {
            None | Some(NotTested::NotApplicable(_) | NotTested::OfAnotherTarget(_)) => {}
            Some(NotTested::NoUsers(why) | NotTested::NoClient(why)) => {
                writeln!(out, "             {why}")?;
            }
            Some(NotTested::NotMentioned(needs)) => {
                for line in settling::of_one(needs) {
                    writeln!(out, "             {line}")?;
                }
            }
        }
        if let Some(error) = &self.error {
            writeln!(
                out,
                "             {}",
                error.replace('\n', "\n             ")
            )?;
        }
        Ok(())
    }
}

/// The last folder and the file, without the suffix.
pub(crate) fn short_name(path: &Path) -> String {
    let bare = path.with_extension("");
    let parts: Vec<&str> = bare
        .components()
        .filter_map(|part| part.as_os_str().to_str())
        .collect();
    parts[parts.len().saturating_sub(2)..].join("/")
}

impl Suite {
    pub(crate) fn new(
        target: String,
        seed: u64,
        history: PathBuf,
        took: Duration,
        scenarios: Vec<Entry>,
    ) -> Self {
        let reports = || scenarios.iter().filter_map(|entry| entry.report.as_ref());
        let stopped = scenarios.iter().any(|entry| entry.error.is_some());
        let unmentioned = { scenarios.iter() }
            .filter(|entry| {
                matches!(
                    entry.not_tested,
                    Some(
                        NotTested::NotMentioned(_) | NotTested::NoUsers(_) | NotTested::NoClient(_)
                    )
                )
            })
            .map(|_| Verdict::Undecided);
        let mut worst = Verdict::worst(reports().map(|report| report.verdict).chain(unmentioned));
        let is_short = { scenarios.iter() }
            .any(|entry| entry.is_not_applicable() || !entry.not_judged.is_empty());
        // Where isolation was not tested at all, nothing holds.
        if worst == Verdict::Holds && is_short && !reports().any(Report::tested_isolation) {
            worst = Verdict::Undecided;
        }
        Self {
            airtight_report: 1,
            target,
            seed,
            history,
            verdict: if stopped && worst != Verdict::Violated {
                None
            } else {
                Some(worst)
            },
            deliveries: reports().map(|report| report.deliveries).sum(),
            chances_to_leak: reports().map(Report::chances_to_leak).sum(),
            took,
            scenarios,
            load: None,
        }
    }

    /// The same with the figures of a load: a threshold that does not hold counts like a property.
    pub(crate) fn under_load(self, load: Load) -> Self {
        let verdict = match self.verdict {
            Some(verdict) => Some(verdict.max(load.verdict())),
            None => Some(load.verdict()).filter(|verdict| *verdict == Verdict::Violated),
        };
        Self {
            verdict,
            load: Some(load),
            ..self
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.scenarios
    }

    pub(crate) const fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    pub(crate) const fn seed(&self) -> u64 {
        self.seed
    }

    /// 0, 1 and 3 for the verdict, 4 when a scenario could not be run.
    pub(crate) fn exit_code(&self) -> u8 {
        self.verdict.map_or(4, Verdict::exit_code)
    }

    /// The whole run in a format.
    pub(crate) fn render(&self, format: Format) -> io::Result<String> {
        let scenarios = self.scenarios.iter().map(|entry| ScenarioResult {
            name: entry.shown(),
            file: Some(&entry.path),
            history: entry.history.as_deref(),
            took: Some(entry.took),
            error: entry.error.as_deref(),
            untested: entry.not_tested.as_ref().map(NotTested::told),
            claims: entry
                .report
                .as_ref()
                .map(Report::claims)
                .unwrap_or_default(),
        });
        let results = Results {
            name: &self.target,
            verdict: self.verdict,
            scenarios: scenarios.collect(),
        };
        formats::standard(&results, format).unwrap_or_else(|| json_text(self))
    }
}
