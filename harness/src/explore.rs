//! Looking for leaks that nobody has written down: schedules of steps by chance, run against a live target,
//! judged by every property, and shrunk to the shortest that still breaks one.
//!
//! In: a plan with a seed. Out: what was tried, and the counterexample as a scenario file. The model of a
//! schedule (`schedule.rs`) says only which steps are possible; who must have seen what is the judge's to
//! say, as in any other run. A schedule that could not be run shows nothing: it is counted apart.

mod found;
mod play;
mod schedule;
mod search;
mod shrink;
mod written;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use evidence::Verdict;

pub(crate) use self::found::Counterexample;
use self::search::Search;
use crate::failure::Failure;
use crate::system::aim::Aim;
use crate::system::files;

/// Schedules that can be on one server.
pub(crate) const GROUPS: usize = schedule::NAMES.len();

/// What to explore, and how far.
#[derive(Clone, Debug)]
pub(crate) struct ExplorePlan {
    pub(crate) target: Option<PathBuf>,
    pub(crate) fault: Option<String>,
    pub(crate) seed: u64,
    pub(crate) cases: u64,
    pub(crate) time: Duration,
    /// Servers at a time.
    pub(crate) jobs: usize,
    /// Schedules at a time on one server.
    pub(crate) together: usize,
    pub(crate) history: PathBuf,
    /// Where a counterexample goes.
    pub(crate) out: PathBuf,
}

/// What the search tried. Runs that only shrink or confirm a counterexample are not in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Explored {
    /// Schedules of which every step happened.
    pub(crate) cases: u64,
    pub(crate) steps: BTreeMap<&'static str, u64>,
    pub(crate) deliveries: u64,
    pub(crate) chances: u64,
    /// Schedules that never began: the server did not start, or the harness could not write.
    pub(crate) not_run: Missed,
    /// Schedules that an error ended before their last step.
    pub(crate) not_played: Missed,
}

/// Schedules that were not tried.
#[derive(Clone, Debug, Default)]
pub(crate) struct Missed {
    pub(crate) schedules: u64,
    /// Why the first of them was not.
    pub(crate) first: Option<String>,
}

impl Missed {
    fn add(&mut self, schedules: usize, why: &str) {
        self.schedules += schedules as u64;
        self.first.get_or_insert_with(|| why.to_owned());
    }
}

impl Explored {
    /// Schedules that were not tried, for whatever reason.
    pub(crate) const fn missed(&self) -> u64 {
        self.not_run.schedules + self.not_played.schedules
    }
}

/// How an exploration ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) explored: Explored,
    pub(crate) found: Option<Counterexample>,
    pub(crate) took: Duration,
}

impl Ended {
    /// Nothing when no schedule could be run. What only a few schedules show is not enough.
    pub(crate) const fn verdict(&self) -> Option<Verdict> {
        let Explored { cases, chances, .. } = self.explored;
        let missed = self.explored.missed();
        if self.found.is_some() {
            Some(Verdict::Violated)
        } else if cases == 0 && missed > 0 {
            None
        } else if chances == 0 || missed > cases {
            Some(Verdict::Undecided)
        } else {
            Some(Verdict::Holds)
        }
    }

    /// Why the verdict is undecided; empty for any other.
    pub(crate) fn reason(&self) -> &'static str {
        match self.verdict() {
            Some(Verdict::Undecided) if self.explored.missed() > self.explored.cases => {
                "more schedules could not be run than were tried"
            }
            Some(Verdict::Undecided) => "nothing could have leaked in what was tried",
            _ => "",
        }
    }

    /// 0, 1 and 3 for the verdict, 4 when no schedule could be run.
    pub(crate) fn exit_code(&self) -> u8 {
        self.verdict().map_or(4, Verdict::exit_code)
    }
}

/// Explores until a counterexample is found, all cases are tried or the time is over.
///
/// # Errors
///
/// The input is wrong, or a counterexample cannot be written. A server that does not start is no error here.
pub(crate) async fn run(plan: ExplorePlan) -> Result<Ended, Failure> {
    let target = files::read_target(plan.target.as_deref())?;
    Aim::default().check(&target, false)?;
    let started = Instant::now();
    let (explored, found) = Search::run(plan, started).await?;
    Ok(Ended {
        explored,
        found,
        took: started.elapsed(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cases: u64, chances: u64, missed: (u64, u64), exit_code: u8) {
        let mut explored = Explored {
            cases,
            chances,
            ..Explored::default()
        };
        explored.not_run.schedules = missed.0;
        explored.not_played.schedules = missed.1;
        let ended = Ended {
            explored,
            found: None,
            took: Duration::ZERO,
        };
        assert_eq!(ended.exit_code(), exit_code, "{ended:?}");
        assert_eq!(!ended.reason().is_empty(), exit_code == 3, "{ended:?}");
    }

    #[test]
    fn what_was_not_tried_proves_nothing() {
        check(8, 9, (0, 0), 0);
        check(8, 9, (4, 4), 0);
        check(8, 9, (5, 4), 3);
        check(8, 0, (0, 0), 3);
        check(0, 0, (0, 0), 3);
        check(0, 0, (8, 0), 4);
        check(0, 0, (0, 8), 4);
        // What a schedule leaked until it was ended by an error does not make it a schedule that was tried.
        check(0, 5, (0, 8), 4);
    }
}
