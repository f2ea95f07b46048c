//! What a call of `airtight` said: its verdict, what it named, and what it left open.

use std::fmt;
use std::fs;
use std::path::Path;

use regex_lite::Regex;
use serde::{Deserialize, Serialize};

use crate::child::Ended;
use crate::expected::Command;

/// A verdict of airtight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Holds,
    Undecided,
    Violated,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Holds => "holds",
            Self::Undecided => "undecided",
            Self::Violated => "violated",
        })
    }
}

/// A property, or a check, that is violated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) property: String,
    pub(crate) rules: Vec<String>,
    pub(crate) says: String,
    /// The observations in the history that show it.
    pub(crate) shown_by: Vec<u64>,
}

/// What is undecided or did not run, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeftOpen {
    pub(crate) what: String,
    pub(crate) why: String,
}

/// What was said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// None where there is none.
    pub(crate) verdict: Option<Verdict>,
    pub(crate) named: Vec<Named>,
    pub(crate) open: Vec<LeftOpen>,
    /// How many scenarios were played.
    pub(crate) played: usize,
}

/// The parts of a report that count here.
#[derive(Deserialize)]
struct Suite {
    verdict: Option<Verdict>,
    scenarios: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    path: String,
    error: Option<String>,
    report: Option<Report>,
}

#[derive(Deserialize)]
struct Report {
    findings: Vec<Judged>,
}

#[derive(Deserialize)]
struct Judged {
    property: String,
    #[serde(default)]
    rules: Vec<String>,
    verdict: Verdict,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    witnesses: Vec<Witness>,
}

#[derive(Deserialize)]
struct Witness {
    seq: Option<u64>,
    says: String,
}

#[derive(Deserialize)]
struct Smoke {
    verdict: Verdict,
    checks: Vec<Checked>,
}

#[derive(Deserialize)]
struct Checked {
    name: String,
    rules: Vec<String>,
    verdict: Verdict,
    found: Vec<String>,
}

/// Reads what a call left behind.
pub(crate) fn seen(command: Command, ended: &Ended, report: &Path) -> Result<Seen, String> {
    if ended.code.is_none() {
        return Err(format!("it had not ended after {} s", ended.took.as_secs()));
    }
    match command {
        Command::Check => return checked(ended),
        Command::Explore => return explored(ended),
        _ => {}
    }
    let text = fs::read_to_string(report).map_err(|_| last_words(ended))?;
    let seen = match command {
        Command::Smoke => serde_json::from_str(&text).map(smoked),
        _ => serde_json::from_str(&text).map(played),
    };
    seen.map_err(|error| format!("its report cannot be read: {error}"))
}

fn played(suite: Suite) -> Seen {
    let mut seen = Seen {
        verdict: suite.verdict,
        ..Seen::default()
    };
    for entry in suite.scenarios {
        let Entry {
            path,
            error,
            report,
        } = entry;
        if let Some(why) = error {
            seen.open.push(LeftOpen {
                what: path.clone(),
                why,
            });
        }
        let Some(report) = report else { continue };
        seen.played += 1;
        for judged in report.findings {
            let Judged {
                property,
                rules,
                verdict,
                reason,
                witnesses,
            } = judged;
            match verdict {
                Verdict::Holds => {}
                Verdict::Undecided => seen.open.push(LeftOpen {
                    what: format!("{path} {property}"),
                    why: reason,
                }),
                Verdict::Violated => seen.named.push(Named {
                    property,
                    rules,
                    shown_by: witnesses.iter().filter_map(|one| one.seq).collect(),
                    says: witnesses
                        .into_iter()
                        .next()
                        .map_or_else(String::new, |one| one.says),
                }),
            }
        }
    }
    seen
}

fn smoked(smoke: Smoke) -> Seen {
    let mut seen = Seen {
        verdict: Some(smoke.verdict),
        played: smoke.checks.len(),
        ..Seen::default()
    };
    for Checked {
        name,
        rules,
        verdict,
        found,
    } in smoke.checks
    {
        let said = found.join("; ");
        match verdict {
            Verdict::Holds => {}
            Verdict::Undecided => seen.open.push(LeftOpen {
                what: name,
                why: said,
            }),
            Verdict::Violated => seen.named.push(Named {
                property: name,
                rules,
                says: said,
                shown_by: Vec::new(),
            }),
        }
    }
    seen
}

/// The last line says how many of the scenarios apply.
fn checked(ended: &Ended) -> Result<Seen, String> {
    let line =
        Regex::new(r"(?m)^(\d+) of \d+ scenarios apply").map_err(|error| error.to_string())?;
    let applied = line
        .captures(&ended.out)
        .and_then(|found| found[1].parse().ok());
    match (ended.code, applied) {
        (Some(0), Some(played)) => Ok(Seen {
            verdict: Some(Verdict::Holds),
            played,
            ..Seen::default()
        }),
        _ => Err(last_words(ended)),
    }
}

/// A search has no report: it prints what it found in one line.
fn explored(ended: &Ended) -> Result<Seen, String> {
    let line = Regex::new(r"(?m)^ *violated +([a-z_]+): (.*?)  breaks ([A-Z]+[0-9]+)$");
    let line = line.map_err(|error| error.to_string())?;
    let verdict = match ended.code {
        Some(0) => Verdict::Holds,
        Some(1) => Verdict::Violated,
        Some(3) => Verdict::Undecided,
        _ => return Err(last_words(ended)),
    };
    let named = line.captures_iter(&ended.out).map(|found| Named {
        property: found[1].to_owned(),
        rules: vec![found[3].to_owned()],
        says: found[2].to_owned(),
        shown_by: Vec::new(),
    });
    let mut seen = Seen {
        verdict: Some(verdict),
        named: named.collect(),
        ..Seen::default()
    };
    if verdict == Verdict::Undecided {
        let why = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
        seen.open.push(LeftOpen {
            what: "the search".to_owned(),
            why,
        });
    }
    Ok(seen)
}

/// The end of what it said, in one line.
fn last_words(ended: &Ended) -> String {
    let said = if ended.err.trim().is_empty() {
        &ended.out
    } else {
        &ended.err
    };
    let lines: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let last = &lines[lines.len().saturating_sub(3)..];
    format!("it ended with {:?}: {}", ended.code, last.join(" / "))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn ended(code: i32, out: &str) -> Ended {
        Ended {
            code: Some(code),
            out: out.to_owned(),
            err: String::new(),
            took: Duration::from_secs(1),
        }
    }

    fn of(command: Command, report: &str) -> Result<Seen, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("report.json");
        fs::write(&file, report).expect("written");
        seen(command, &ended(1, ""), &file)
    }

    #[test]
    fn a_report_names_properties_and_what_is_open() {
        let report = r#"{"verdict": "violated", "scenarios": [
            {"path": "a", "client": "observer", "not_tested": {"not_applicable": "x"}},
            {"path": "b", "client": "observer", "report": {"findings": [
                {"property": "p", "verdict": "violated", "rules": ["ISO04"], "chances": 1, "witnesses": [{"seq": 1, "says": "bob got"}]},
                {"property": "q", "verdict": "undecided", "chances": 0, "reason": "no chance"},
                {"property": "r", "verdict": "holds", "chances": 3}]}}]}"#;
        let seen = of(Command::Verify, report).expect("read");
        assert_eq!(seen.played, 1);
        assert_eq!(seen.named[0].rules, ["ISO04"]);
        assert_eq!(seen.open[0].what, "b q");
        let broken = of(Command::Verify, "{").expect_err("cut");
        assert!(broken.contains("cannot be read"), "{broken}");
    }

    #[test]
    fn a_smoke_test_names_its_checks() {
        let report = r#"{"verdict": "violated", "checks": [
            {"name": "health", "rules": ["WEB07"], "verdict": "violated", "found": ["200"]},
            {"name": "tls", "rules": [], "verdict": "undecided", "found": ["no TLS"]}]}"#;
        let seen = of(Command::Smoke, report).expect("read");
        assert_eq!(
            (seen.named[0].property.as_str(), seen.open[0].why.as_str()),
            ("health", "no TLS")
        );
    }

    #[test]
    fn a_search_is_read_from_its_words() {
        let out = "  violated   no_foreign_events: bob/desktop/1 got x, owned by alice  breaks ISO08\n   3 steps\n";
        let seen = explored(&ended(1, out)).expect("read");
        assert_eq!(seen.named[0].property, "no_foreign_events");
        assert_eq!(seen.named[0].rules, ["ISO08"]);
        assert!(explored(&ended(4, "")).is_err());
    }
}
