//! The scenario language: a YAML file in, checked steps out, or the place and the fix.
//!
//! `node` reads YAML with its lines; `decode`, `step` and `fields` turn it into steps; `check` walks the
//! steps with a small `model` of who is logged in where, so that what cannot work is told before anything
//! runs; `beside` does the same for neighbours. No network.

mod beside;
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
    /// Beside whom the steps are run again; nobody when the steps are run once.
    pub(crate) beside: Vec<Neighbour>,
}

/// Somebody who is there as well, and must not be noticed.
#[derive(Clone, Debug)]
pub(crate) struct Neighbour {
    /// What this neighbour is called in reports, as `a busy alice`.
    pub(crate) name: String,
    /// Done before the steps of the scenario begin.
    pub(crate) before: Vec<Step>,
    /// Done again and again until they have ended.
    pub(crate) meanwhile: Vec<Step>,
}

/// A step and its line in the file.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Its line, from 1.
    pub(crate) line: u64,
    /// What it does.
    pub(crate) kind: StepKind,
}

/// Whether the target is expected to do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    Granted,
    Refused,
}

/// How long an event may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Patience: what has not come by then may come later.
    Within(Duration),
    /// A promise: broken when the time is over and the harness was ready.
    AtMost(Duration),
}

/// Which way a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    Http,
    Socket,
}

/// Whether what an action makes names its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Marked,
    /// It does not: only a comparison sees where it goes.
    Unmarked,
}

/// An action by the user who started it and its label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ActionName {
    pub(crate) user: UserName,
    pub(crate) label: String,
}

/// What a step does. A place of `everyone` stands for that place of each user.
#[derive(Clone, Debug)]
pub(crate) enum StepKind {
    /// A user logs in.
    Login {
        /// The browser, by the name that it has from then on.
        browser: BrowserName,
        /// The browser of somebody else that is taken over; its name and its tabs are over then.
        in_browser: Option<BrowserName>,
    },
    /// The session of a browser ends, and its tabs with it.
    Logout(BrowserName),
    /// A socket is opened; a browser without a login logs in first.
    Open {
        tab: TabName,
        /// By long polling, not by WebSocket.
        polling: bool,
        /// Sent with the handshake; their texts are templates.
        headers: BTreeMap<String, String>,
        /// A refused one makes no tab.
        expect: Expect,
    },
    /// The tab says goodbye.
    Close(TabName),
    /// The transport dies without a goodbye.
    Cut(TabName),
    /// The tab stops reading.
    Stall(TabName),
    /// A stalled tab reads again; one that is away opens again and asks for what it missed.
    Resume(TabName),
    /// A user starts an action.
    Start {
        /// Who; the tab counts by socket alone.
        tab: TabName,
        /// The kind of action, as the target file has it.
        kind: String,
        /// What the scenario calls it; once for each user, but for the rounds of a `repeat`.
        label: String,
        via: Via,
        /// Whether what it makes carries a marker.
        mark: Mark,
        /// Of the kind; strings in it are templates.
        parameters: Map<String, Value>,
        /// Granted when absent; a refused one makes no action.
        expect: Option<Expect>,
    },
    /// A user stops an action that was started before.
    Stop {
        /// Who; the tab counts by socket alone.
        tab: TabName,
        action: ActionName,
        via: Via,
        expect: Expect,
    },
    /// A tab sends an event.
    Emit {
        tab: TabName,
        event: String,
        /// Strings in it are templates.
        data: Value,
        /// Nothing is claimed when absent.
        expect: Option<Expect>,
    },
    /// A browser sends a request.
    Http(Box<Http>),
    /// A browser sends a file.
    Upload {
        browser: BrowserName,
        /// How large; 200 MiB at most.
        bytes: usize,
        /// Statuses, any of which is right; empty when any status is.
        expect: Vec<u16>,
    },
    /// The server ends and starts again; its sockets are away after that.
    Restart,
    /// The log of a server that the harness started holds no password, session or marker of the run.
    LogLacksSecrets,
    /// A tab waits for events.
    Await {
        tab: TabName,
        event: String,
        /// 5 minutes at the longest.
        limit: Limit,
        /// How many of them.
        count: usize,
        /// Only those that this action made.
        of: Option<ActionName>,
    },
    /// Nothing comes to a tab, though its session may be over.
    Quiet {
        tab: TabName,
        /// At most 5 minutes.
        for_time: Duration,
        /// Nothing of this name; any other may come.
        event: Option<String>,
    },
    /// Which of some events came last to a tab, when none of them has come for a while.
    Last {
        tab: TabName,
        event: String,
        /// The events, `event` among them.
        among: Vec<String>,
        /// At most 5 minutes.
        quiet: Duration,
    },
    /// The same steps again and again.
    Repeat { times: u64, steps: Vec<Step> },
    /// Steps in parallel, none of which relies on another.
    Together(Vec<Step>),
}

impl StepKind {
    /// Who acts; nobody where it is the harness itself, or steps inside it.
    pub(crate) fn who(&self) -> Option<&Who> {
        match self {
            Self::Login { browser, .. } | Self::Logout(browser) | Self::Upload { browser, .. } => {
                Some(&browser.who)
            }
            Self::Http(http) => Some(&http.browser.who),
            Self::Open { tab, .. }
            | Self::Close(tab)
            | Self::Cut(tab)
            | Self::Stall(tab)
            | Self::Resume(tab)
            | Self::Start { tab, .. }
            | Self::Stop { tab, .. }
            | Self::Emit { tab, .. }
            | Self::Await { tab, .. }
            | Self::Quiet { tab, .. }
            | Self::Last { tab, .. } => Some(&tab.browser.who),
            Self::Restart | Self::LogLacksSecrets | Self::Repeat { .. } | Self::Together(_) => None,
        }
    }
}

/// A request as a browser would send it. The path and the texts below it are templates.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    pub(crate) browser: BrowserName,
    /// In capitals.
    pub(crate) method: &'static str,
    /// From the root of the target, with one `/` first.
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// The body; a request has `form` or this.
    pub(crate) json: Option<Value>,
    pub(crate) form: BTreeMap<String, String>,
    /// Statuses, any of which is right; empty when any status is.
    pub(crate) expect: Vec<u16>,
    /// What the answer has in it.
    pub(crate) contains: Option<String>,
    /// What the answer does not have in it.
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
