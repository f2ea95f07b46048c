//! What `airtight load` orders from the program that carries out a load, and what it gets back at the end.
//!
//! The order goes over standard input and not over the command line, because it has passwords in it. It is one
//! line. The program ends when its standard input does, so it never outlives the command that ordered it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use evidence::{Scene, UserName};
use probe::Target;
use serde::{Deserialize, Serialize};

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
    pub target: Target,
    /// The header of the history.
    pub scene: Scene,
    /// The users and their passwords: one journey each.
    pub users: BTreeMap<UserName, String>,
    /// How long all of them stay.
    pub time: Duration,
    /// How long it takes until all have arrived.
    pub ramp: Duration,
    /// Where the history goes.
    pub history: PathBuf,
    /// Where the outcome goes, as JSON.
    pub outcome: PathBuf,
    /// Where goose writes its report; the name ends in `.html`.
    pub page: Option<PathBuf>,
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
}

impl Order {
    /// This project's version.
    #[must_use]
    pub fn version() -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }
}
