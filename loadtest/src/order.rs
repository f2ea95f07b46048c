//! What `airtight load` asks of the program that carries a load out, and what it is told at the end.
//!
//! The order goes over standard input and not over the command line, because it has passwords in it. It is one
//! line; the program ends when its standard input does, so it never outlives who ordered it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use evidence::{Scene, UserName};
use probe::Target;
use serde::{Deserialize, Serialize};

use crate::figures::Figures;

/// The program that carries an order out.
pub const PROGRAM: &str = "airtight-load";

/// Who works, on what, for how long, and where it is written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The version of this project that wrote it; another one does not take it.
    pub version: String,
    /// The system that they work on.
    pub target: Target,
    /// The header of the history.
    pub scene: Scene,
    /// The users and their passwords: one journey each.
    pub users: BTreeMap<UserName, String>,
    /// How long all of them stay.
    pub time: Duration,
    /// How long it takes until all are there.
    pub ramp: Duration,
    /// Where the history goes.
    pub history: PathBuf,
    /// Where the outcome goes, as JSON.
    pub outcome: PathBuf,
    /// Where goose writes its report; the name ends in `.html`.
    pub page: Option<PathBuf>,
}

/// What a load gave, besides its history.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// How long things took.
    pub figures: Figures,
    /// Goose's own tables.
    pub tables: String,
    /// Why it ended before its time, in words with the fix: the history takes no more.
    pub stopped: Option<String>,
    /// How late the harness itself was at worst, where that was for so much of the time that no figure is the
    /// target's alone.
    #[serde(default)]
    pub late: Option<Duration>,
    /// How late it was at worst, for however little of the time.
    #[serde(default)]
    pub latest: Duration,
}

impl Order {
    /// This project's version.
    #[must_use]
    pub fn version() -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }
}
