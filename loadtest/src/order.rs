//! What `airtight load` orders from the program that carries out a load, and what it gets back at the end.
//!
//! The order goes over standard input and not over the command line, because it has passwords in it. It is one
//! line. The program ends when its standard input does, so it never outlives the command that ordered it. The target
//! goes as the text of its file, which both programs read with the same code.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use diagnostics::Diagnostic;
use evidence::{Scene, UserName};
use probe::Target;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::arrivals::Arrivals;
use crate::figures::Figures;

/// The program that carries an order out.
pub const PROGRAM: &str = "airtight-load";

/// Which users work on which target, for how long, and where the results are written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The version of this project that wrote it; a program of another version refuses it.
    pub version: String,
    /// The system under load.
    pub target: OrderedTarget,
    /// The header of the history.
    pub scene: Scene,
    /// The users and their passwords: one journey each.
    pub users: BTreeMap<UserName, String>,
    /// How long all of them stay.
    pub time: Duration,
    /// How long it takes until all have arrived.
    pub ramp: Duration,
    /// When their rounds of work are due; where nothing is said, when they have thought for a while.
    pub arrivals: Option<Arrivals>,
    /// How long a round of a journey pauses at most.
    pub longest_pause: Duration,
    /// The target is on another machine: its clock is not this one's.
    pub is_elsewhere: bool,
    /// Where the history goes.
    pub history: PathBuf,
    /// Where the outcome goes, as JSON.
    pub outcome: PathBuf,
    /// Where goose writes its report; the name ends in `.html`.
    pub page: Option<PathBuf>,
}

/// A target file, and where the system is that runs now.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderedTarget {
    file: String,
    text: String,
    base: Option<Url>,
    connect_to: Option<IpAddr>,
    trust: Option<PathBuf>,
}

/// The text may hold passwords.
impl std::fmt::Debug for OrderedTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("OrderedTarget");
        shown
            .field("file", &self.file)
            .field("base", &self.base.as_ref().map(Url::as_str));
        shown.finish_non_exhaustive()
    }
}

/// The results of a load, besides its history.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadOutcome {
    /// How long things took.
    pub figures: Figures,
    /// Goose's own tables.
    pub tables: String,
    /// Why it ended early, with the fix: for example, the history is full.
    pub stopped: Option<String>,
    /// How late the harness itself was at worst, if it was late for so much of the time that the figures say
    /// nothing reliable about the target.
    #[serde(default)]
    pub late: Option<Duration>,
    /// How late the harness was at worst, however rarely it was late.
    #[serde(default)]
    pub latest: Duration,
    /// What the harness itself came to the end of, so that what is missed may be its own.
    #[serde(default)]
    pub limits: Vec<String>,
    /// Why there were too few users for the rate, so that what waited may have waited for one of them.
    #[serde(default)]
    pub too_few_users: Option<String>,
}

/// How far a load is: a line of JSON on the program's standard output, each second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Seconds since the start.
    pub seconds: u64,
    /// Users who have arrived.
    pub users: usize,
    /// HTTP requests of the last second.
    pub requests: u64,
    /// Everything that failed in the last second.
    pub failed: u64,
    /// What 95 of a hundred requests of the last second did not exceed, in milliseconds.
    pub p95_ms: f64,
}

impl OrderedTarget {
    /// The target that stands in the `text` of `file`, at the address where `target`, read from it, is now.
    #[must_use]
    pub fn new(file: &str, text: &str, target: &Target) -> Self {
        Self {
            file: file.to_owned(),
            text: text.to_owned(),
            base: target.base.clone(),
            connect_to: target.connect_to,
            trust: target.trust.clone(),
        }
    }

    /// The target, which runs already.
    ///
    /// # Errors
    /// Everything that is wrong with its file.
    pub fn read(&self) -> Result<Target, Vec<Diagnostic>> {
        Ok(Target {
            base: self.base.clone(),
            connect_to: self.connect_to,
            trust: self.trust.clone(),
            start: None,
            ..targets::read(&self.file, &self.text)?
        })
    }
}

impl Order {
    /// This project's version.
    #[must_use]
    pub fn version() -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
target: x
base: http://127.0.0.1:1
login: none
users: {amy: {password: s3cret}}
actions: {note: {takes: {text: marker}, do: {post: /notes, json: \"{parameters}\"}}}
start: {command: [x]}
";

    #[test]
    fn a_target_arrives_as_it_was_read_at_its_new_address() {
        let mut target = targets::parse(FILE).expect("a target");
        target.base = "http://localhost:2".parse().ok();
        target.connect_to = "127.0.0.2".parse().ok();
        target.trust = Some("ca.pem".into());
        let ordered = OrderedTarget::new("x.yaml", FILE, &target);
        assert!(!format!("{ordered:?}").contains("s3cret"));
        let line = serde_json::to_string(&ordered).expect("JSON");
        assert!(!line.contains('\n'), "an order is one line");
        let ordered: OrderedTarget = serde_json::from_str(&line).expect("an order");
        let read = ordered.read().expect("a target");
        assert_eq!(read.base, target.base);
        assert_eq!(read.connect_to, target.connect_to);
        assert_eq!(read.trust, target.trust);
        assert!(read.action("note").is_some() && read.start.is_none());
    }

    #[test]
    fn a_file_that_is_none_says_where() {
        let ordered = OrderedTarget {
            text: "target: x\nlogni: none\n".to_owned(),
            ..OrderedTarget::new("x.yaml", "", &Target::default())
        };
        let wrong = ordered.read().expect_err("wrong");
        let told: Vec<String> = wrong.iter().map(Diagnostic::to_string).collect();
        assert!(told.concat().contains("x.yaml:2"), "{told:?}");
    }
}
