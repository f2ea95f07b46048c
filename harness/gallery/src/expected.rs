//! `expected.yaml`: what the commands must say of a target, sound and with each of its faults.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// What kind of application it is, and how it is broken in the wild: a paragraph for the documents.
    pub(crate) about: String,
    pub(crate) sound: Sound,
    pub(crate) faults: Vec<Fault>,
    /// Further target files of the folder: a variant, or somebody else's server as it is.
    #[serde(default)]
    pub(crate) also: Vec<Also>,
}

/// A further target file, and what one command says of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Also {
    pub(crate) target: PathBuf,
    pub(crate) by: By,
    /// What it is, in one sentence.
    pub(crate) words: String,
    /// What is violated, if anything is.
    #[serde(default)]
    pub(crate) violated: Option<Broken>,
}

/// What a command must name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Broken {
    pub(crate) rule: String,
    /// The property, or the check of `smoke`.
    pub(crate) property: String,
}

/// The server without a fault.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sound {
    /// How many of the shipped scenarios apply, at least.
    pub(crate) applied: usize,
    /// How many seconds longer a search takes, where the server is slow to start or its schedules wait for long.
    #[serde(default)]
    pub(crate) slow_by: u32,
    /// Scenario files of the target's own: those with neighbours are for `compare`.
    #[serde(default)]
    pub(crate) compare: Vec<PathBuf>,
    #[serde(default)]
    pub(crate) run: Vec<PathBuf>,
    /// Whether it speaks HTTP as deployments do.
    #[serde(default = "yes")]
    pub(crate) smoke: bool,
    /// What stays undecided, and why.
    #[serde(default)]
    pub(crate) undecided: Vec<Open>,
}

const fn yes() -> bool {
    true
}

/// Something that a command cannot decide of the sound server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Open {
    pub(crate) by: Command,
    /// The scenario, the property or the check.
    pub(crate) what: String,
    /// A part of the reason that is printed.
    pub(crate) why: String,
}

/// A fault that the server opens by `--fault`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) fault: String,
    pub(crate) rule: String,
    /// The property that names it, or the check of `smoke`.
    pub(crate) property: String,
    pub(crate) by: By,
    /// The fault in one sentence.
    pub(crate) words: String,
    /// It is the one of the short form.
    #[serde(default)]
    pub(crate) short: bool,
    /// Where the same fault was reported of a library.
    #[serde(default)]
    pub(crate) published: Option<Published>,
}

/// A leak in a library that somebody else published.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Published {
    /// The public report.
    pub(crate) report: String,
    /// The package and the version that leaks.
    pub(crate) leaks: String,
    /// What mends it.
    pub(crate) mended: String,
    /// The fault that differs from this one in what mends it; without a word, the sound server does.
    #[serde(default)]
    pub(crate) beside: Option<String>,
}

/// The command that names a fault.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum By {
    /// A shipped scenario, by its path without `.yaml`.
    Verify(String),
    /// A scenario file of the target's own.
    Run(PathBuf),
    /// A search that takes so long at most.
    Explore(String),
    /// A scenario file with neighbours.
    Compare(PathBuf),
    /// A load that takes so long.
    Load(String),
    /// Deployment checks.
    Smoke,
}

impl Fault {
    pub(crate) fn breaks(&self) -> Broken {
        Broken {
            rule: self.rule.clone(),
            property: self.property.clone(),
        }
    }
}

/// A command of `airtight`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Command {
    Check,
    Verify,
    Run,
    Explore,
    Compare,
    Load,
    Smoke,
}

impl Command {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Verify => "verify",
            Self::Run => "run",
            Self::Explore => "explore",
            Self::Compare => "compare",
            Self::Load => "load",
            Self::Smoke => "smoke",
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
