//! What to explore: the command's options, and who takes part.

use std::path::PathBuf;
use std::time::Duration;

use super::users::Users;
use crate::system::aim::Aim;

/// What to explore, and how far.
#[derive(Clone, Debug)]
pub(crate) struct ExplorePlan {
    pub(crate) target: Option<PathBuf>,
    pub(crate) aim: Aim,
    /// The file of the passwords of a running system's users.
    pub(crate) passwords: Option<PathBuf>,
    /// How many actions a second all users together begin at most.
    pub(crate) rate: Option<u64>,
    /// How long each user waits between two actions for that. It is known once it is known who takes part.
    pub(crate) pace: Option<Duration>,
    /// Properties that are not judged.
    pub(crate) except: Vec<String>,
    pub(crate) fault: Option<String>,
    pub(crate) seed: u64,
    pub(crate) cases: u64,
    pub(crate) time: Duration,
    /// How many servers run at a time.
    pub(crate) jobs: usize,
    /// How many schedules run at a time on one server.
    pub(crate) together: usize,
    pub(crate) history: PathBuf,
    /// The folder for the counterexample.
    pub(crate) out: PathBuf,
    /// Who takes part. It is known once the target file is read.
    pub(crate) users: Users,
}
