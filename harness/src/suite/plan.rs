//! What a suite is to run, as the command line asks for it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use evidence::UserName;
use probe::ClientKind;

use crate::system::aim::Aim;

/// What to run, on what, and how.
#[derive(Clone, Debug)]
pub(crate) struct SuitePlan {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) target: Option<PathBuf>,
    pub(crate) aim: Aim,
    pub(crate) passwords: Option<PathBuf>,
    /// Users who are known beside those of the file of passwords.
    pub(crate) users: BTreeMap<UserName, String>,
    pub(crate) manner: Manner,
    pub(crate) clients: Clients,
    pub(crate) only: Vec<String>,
    pub(crate) fault: Option<String>,
    pub(crate) seed: u64,
    pub(crate) jobs: usize,
    pub(crate) history: PathBuf,
    /// How often a scenario with neighbours is run.
    pub(crate) parts: Parts,
    /// Leave out every other scenario.
    pub(crate) neighbours_only: bool,
}

/// Which clients play the scenarios.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    /// These play all of them: a scenario that one of them cannot play is undecided.
    pub(crate) asked: Vec<ClientKind>,
    /// These play what they can.
    pub(crate) also: Vec<ClientKind>,
}

impl Default for Clients {
    fn default() -> Self {
        Self {
            asked: vec![ClientKind::Own],
            also: Vec::new(),
        }
    }
}

/// How the users are, beside what the target file says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    /// How long each waits between two actions, where the file does not say longer.
    pub(crate) pace: Option<Duration>,
    /// How long they wait for an answer, where the file does not say.
    pub(crate) patience: Option<Duration>,
    /// How long what is still due may take at the end.
    pub(crate) settling: Option<Duration>,
}

/// How often the steps are run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    /// Alone.
    pub(crate) alone: usize,
    /// Beside each neighbour.
    pub(crate) beside: usize,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            alone: 3,
            beside: 2,
        }
    }
}
