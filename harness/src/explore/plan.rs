//! What to explore: the command's options, and who takes part.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

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
    /// A turn for each batch that is played at a time, by whomever: the search, its repeats, and the shrinking.
    pub(crate) turns: Arc<Semaphore>,
    /// How many schedules run at a time on one server.
    pub(crate) together: usize,
    pub(crate) history: PathBuf,
    /// The folder for the counterexample.
    pub(crate) out: PathBuf,
    /// Who takes part. It is known once the target file is read.
    pub(crate) users: Users,
}

/// The most batches that are played at a time where each has a server of its own and nobody asks for more.
const AT_ONCE: usize = 8;

/// Turns for so many jobs. Where all batches have one system and its users, a second one would disturb the first, and
/// both together would act faster than they may.
pub(crate) fn turns(jobs: usize, is_running: bool) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(if is_running {
        1
    } else {
        jobs.max(AT_ONCE)
    }))
}

#[cfg(test)]
mod tests {
    use super::turns;

    #[test]
    fn a_running_system_plays_one_batch_at_a_time() {
        assert_eq!(turns(4, true).available_permits(), 1);
        assert_eq!(turns(4, false).available_permits(), 8);
        assert_eq!(turns(12, false).available_permits(), 12);
    }
}
