//! How an exploration ended.

use std::time::Duration;

use evidence::Verdict;

use super::found::Counterexample;
use super::tried::Explored;

/// How an exploration ended.
#[derive(Clone, Debug)]
pub(crate) struct Exploration {
    pub(crate) explored: Explored,
    pub(crate) found: Option<Counterexample>,
    pub(crate) took: Duration,
    /// What the target offers and no schedule had in it, where nothing was found: a short search has not come to it.
    pub(crate) never_tried: Vec<&'static str>,
    /// Whether what tabs hear after a logout was judged.
    pub(crate) is_end_judged: bool,
}

impl Exploration {
    /// None when no schedule could be run. Undecided when more of them were not tried than were tried.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        let Explored { cases, chances, .. } = self.explored;
        let not_tried = self.explored.n_not_tried();
        if let Some(found) = &self.found {
            // What never came again may have been the machine, but for what the frame itself shows.
            Some(if found.again.0 > 0 || found.is_shown() {
                Verdict::Violated
            } else {
                Verdict::Undecided
            })
        } else if cases == 0 && not_tried > 0 {
            None
        } else if chances == 0 || not_tried > cases {
            Some(Verdict::Undecided)
        } else {
            Some(Verdict::Holds)
        }
    }

    /// Why the verdict is undecided; empty for any other.
    pub(crate) fn reason(&self) -> &'static str {
        match self.verdict() {
            Some(Verdict::Undecided) if self.found.is_some() => {
                "what was found did not come again in any run"
            }
            Some(Verdict::Undecided) if self.explored.n_not_tried() > self.explored.cases => {
                "most schedules were not tried"
            }
            Some(Verdict::Undecided) => "no schedule that was tried had a chance to leak",
            _ => "",
        }
    }

    /// 0, 1 and 3 for the verdict, 4 when no schedule could be run.
    pub(crate) fn exit_code(&self) -> u8 {
        self.verdict().map_or(4, Verdict::exit_code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_comes_again_accuses_nobody_but_by_what_was_shown() {
        let verdict = |property: &str, again: u32| {
            let found = Counterexample {
                property: property.to_owned(),
                rule: "ISO07".to_owned(),
                witness: String::new(),
                command: String::new(),
                n_steps: 2,
                shrink_runs: 0,
                again: (again, 5),
                after: Duration::ZERO,
            };
            let ended = Exploration {
                explored: Explored::default(),
                found: Some(found),
                took: Duration::ZERO,
                never_tried: Vec::new(),
                is_end_judged: true,
            };
            (ended.exit_code(), ended.reason().is_empty())
        };
        assert_eq!(verdict("every_event_delivered", 1), (1, true));
        assert_eq!(verdict("every_event_delivered", 0), (3, false));
        assert_eq!(verdict("no_foreign_events", 0), (1, true));
    }

    #[track_caller]
    fn check(cases: u64, chances: u64, missed: (u64, u64), exit_code: u8) {
        let mut explored = Explored {
            cases,
            chances,
            ..Explored::default()
        };
        explored.not_run.schedules = missed.0;
        explored.not_played.schedules = missed.1;
        let ended = Exploration {
            explored,
            found: None,
            took: Duration::ZERO,
            never_tried: Vec::new(),
            is_end_judged: true,
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
