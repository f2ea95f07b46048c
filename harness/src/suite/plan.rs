//! What a suite is to run, as the command line asks for it.

use std::path::PathBuf;

use probe::ClientKind;

use crate::system::aim::Aim;

/// What to run, on what, and how.
#[derive(Clone, Debug)]
pub(crate) struct SuitePlan {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) target: Option<PathBuf>,
    pub(crate) aim: Aim,
    pub(crate) passwords: Option<PathBuf>,
    pub(crate) clients: Vec<ClientKind>,
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
