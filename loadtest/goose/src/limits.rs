//! What this program itself can come to the end of: processors, and open files.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Open files of a user: a socket, a connection that is kept for requests, one for each request under way, and what a
/// session before has left.
const FILES_OF_A_USER: u64 = 6;
/// Open files of everything else.
const OWN_FILES: u64 = 100;
/// The share of this machine's processors above which the program is the limit.
const MOST: f64 = 0.85;
/// Linux counts a process's time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// Raises the limit of open files as far as it goes. Says so if that is too few for so many users.
pub(crate) fn open_files(n_users: usize) -> Option<String> {
    let needed = n_users as u64 * FILES_OF_A_USER + OWN_FILES;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= needed) {
        return None;
    }
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    // If it cannot be raised, the limit says so just below.
    let _ = setrlimit(Resource::Nofile, raised);
    let current = getrlimit(Resource::Nofile).current?;
    (current < needed).then(|| {
        format!(
            "{n_users} users need {needed} open files, and {current} are allowed: raise `ulimit -n`"
        )
    })
}

/// How busy this program keeps the machine.
pub(crate) struct Busy {
    since: Instant,
    before: Duration,
}

impl Busy {
    pub(crate) fn start() -> Option<Self> {
        Some(Self {
            since: Instant::now(),
            before: used()?,
        })
    }

    /// Says so if it was this program that kept the machine busy.
    pub(crate) fn is_limit(&self) -> Option<String> {
        let cores = std::thread::available_parallelism().ok()?.get();
        told(
            used()?.saturating_sub(self.before),
            self.since.elapsed(),
            cores,
        )
    }
}

fn told(used: Duration, time: Duration, cores: usize) -> Option<String> {
    let there = time.as_secs_f64() * f64::from(u32::try_from(cores).ok()?);
    let share = used.as_secs_f64() / there.max(1e-9);
    (share > MOST).then(|| {
        format!(
            "the harness itself used {:.0} % of this machine's processors: take fewer users or a lower rate",
            share * 100.0
        )
    })
}

/// The processor time of this process so far.
fn used() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program stands in parentheses, and may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * ticks()?.saturating_add(ticks()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_takes_the_whole_machine_is_the_limit() {
        let seconds = Duration::from_secs;
        assert_eq!(told(seconds(10), seconds(10), 2), None);
        assert!(told(seconds(19), seconds(10), 2).is_some_and(|told| told.contains("95 %")));
        assert_eq!(told(seconds(0), seconds(0), 2), None);
    }

    #[test]
    fn the_time_of_this_process_grows() {
        let before = used().expect("Linux says it");
        while used().expect("Linux says it") == before {
            std::hint::black_box((0..10_000).sum::<u64>());
        }
    }

    #[test]
    fn more_users_than_files_are_told() {
        assert_eq!(open_files(2), None);
        assert!(open_files(usize::MAX / 8).is_some_and(|told| told.contains("ulimit -n")));
    }
}
