//! The scenario language: a YAML file in, checked steps out, or the place and the fix.
//!
//! `node` reads YAML with its lines; `decode`, `step` and `fields` turn it into steps; `check` walks the
//! steps with a small `model` of who is logged in where, so that what cannot work is told before anything
//! runs. No network.

mod check;
mod decode;
mod fields;
mod model;
mod node;
mod place;
pub(crate) mod schema;
mod step;
pub(crate) mod template;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use evidence::UserName;
use serde_json::{Map, Value};

pub(crate) use place::{BrowserName, TabName, Who};

/// Bytes a scenario file may have.
const MAX_FILE: u64 = 1 << 20;
/// Letters that a message or a fix may have, as it may quote the file.
const MAX_WORDS: usize = 800;

/// A checked scenario.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// Its sentence.
    pub(crate) sentence: String,
    /// The rules it is about.
    pub(crate) rules: Vec<String>,
    /// Who takes part.
    pub(crate) users: Vec<UserName>,
    /// What happens.
    pub(crate) steps: Vec<Step>,
    /// The properties to judge.
    pub(crate) expect: Vec<String>,
}

/// A step and its line in the file.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) line: u64,
    pub(crate) kind: StepKind,
}

/// Whether the target is expected to do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    Granted,
    Refused,
}

/// Which way a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    Http,
    Socket,
}

/// An action by the user who started it and its label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ActionName {
    pub(crate) user: UserName,
    pub(crate) label: String,
}

/// What a step does.
#[derive(Clone, Debug)]
pub(crate) enum StepKind {
    /// A login of a user; `in_browser` names the browser of somebody else that is taken over.
    Login {
        browser: BrowserName,
        in_browser: Option<BrowserName>,
    },
    Logout(BrowserName),
    Open {
        tab: TabName,
        polling: bool,
        headers: BTreeMap<String, String>,
        expect: Expect,
    },
    Close(TabName),
    Cut(TabName),
    Stall(TabName),
    Resume(TabName),
    Start {
        tab: TabName,
        kind: String,
        label: String,
        via: Via,
        parameters: Map<String, Value>,
        expect: Option<Expect>,
    },
    Stop {
        tab: TabName,
        action: ActionName,
        via: Via,
        expect: Expect,
    },
    Emit {
        tab: TabName,
        event: String,
        data: Value,
        expect: Option<Expect>,
    },
    Http(Box<Http>),
    Upload {
        browser: BrowserName,
        bytes: usize,
        expect: Vec<u16>,
    },
    Restart,
    Await {
        tab: TabName,
        event: String,
        within: Duration,
        count: usize,
        of: Option<ActionName>,
    },
    Quiet {
        tab: TabName,
        for_time: Duration,
        event: Option<String>,
    },
    Repeat {
        times: u64,
        steps: Vec<Step>,
    },
    Together(Vec<Step>),
}

/// A request as a browser would send it.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    pub(crate) browser: BrowserName,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) json: Option<Value>,
    pub(crate) form: BTreeMap<String, String>,
    /// Statuses, any of which is right; empty when any status is.
    pub(crate) expect: Vec<u16>,
    pub(crate) contains: Option<String>,
    pub(crate) lacks: Option<String>,
}

/// What is wrong with a file, where, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScenarioError {
    pub(crate) message: String,
    pub(crate) path: PathBuf,
    pub(crate) line: Option<u64>,
    pub(crate) fix: String,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\n  at:  {}", self.message, self.path.display())?;
        self.line.iter().try_for_each(|line| write!(f, ":{line}"))?;
        write!(f, "\n  fix: {}", self.fix)
    }
}

/// What is wrong at a line; the path is added outside.
#[derive(Debug)]
pub(crate) struct Wrong {
    line: Option<u64>,
    message: String,
    fix: String,
}

fn wrong<T>(line: u64, message: impl Into<String>, fix: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong {
        line: Some(line),
        message: message.into(),
        fix: fix.into(),
    })
}

/// Reads and checks a file.
pub(crate) fn read(path: &Path) -> Result<Scenario, ScenarioError> {
    let plain = |message: String, fix: &str| ScenarioError {
        message,
        path: path.to_owned(),
        line: None,
        fix: fix.to_owned(),
    };
    let failed = |error: std::io::Error| {
        plain(
            format!("cannot read the scenario: {error}"),
            "name a file that this user may read",
        )
    };
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > MAX_FILE {
        return Err(plain(
            format!("the file has {size} bytes and may have {MAX_FILE}"),
            "split it into scenarios of one idea each",
        ));
    }
    // A device has no size and no end.
    let mut bytes = Vec::new();
    file.take(MAX_FILE)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    parse(path, &bytes)
}

/// Reads and checks the bytes of `path`.
pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Scenario, ScenarioError> {
    let parsed = || {
        let text = str::from_utf8(bytes).map_err(|error| Wrong {
            line: Some(
                1 + bytes[..error.valid_up_to()]
                    .iter()
                    .filter(|byte| **byte == b'\n')
                    .count() as u64,
            ),
            message: "the file is not UTF-8".to_owned(),
            fix: "save it as UTF-8".to_owned(),
        })?;
        let scenario = decode::scenario(&node::read(text)?)?;
        check::check(&scenario)?;
        Ok(scenario)
    };
    parsed().map_err(|Wrong { line, message, fix }| ScenarioError {
        message: shown(&message),
        path: path.to_owned(),
        line,
        fix: shown(&fix),
    })
}

/// The words without what would move a terminal's cursor or fill its screen.
fn shown(words: &str) -> String {
    let cut = words.chars().nth(MAX_WORDS).map(|_| '…');
    words
        .chars()
        .take(MAX_WORDS)
        .chain(cut)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
