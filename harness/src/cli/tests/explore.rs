//! What `explore` prints.

use std::time::Duration;

use super::steady::{snapshot, written};
use crate::cli::explore::write;
use crate::explore::ended::Exploration;
use crate::explore::found::Counterexample;
use crate::explore::tried::{Explored, NotTried};

fn screen(explored: Explored, found: Option<Counterexample>) -> String {
    let never_tried = match found {
        None if explored.cases > 0 => vec!["attack", "page"],
        _ => Vec::new(),
    };
    let ended = Exploration {
        explored,
        never_tried,
        found,
        took: Duration::from_millis(61_300),
        is_end_judged: true,
    };
    written(|out| write(&ended, 7, out))
}

fn explored(cases: u64, chances: u64) -> Explored {
    Explored {
        cases,
        steps: [("login", 400), ("open", 390), ("start", 250)].into(),
        deliveries: 900,
        chances,
        ..Explored::default()
    }
}

fn found(again: u32) -> Counterexample {
    Counterexample {
        property: "no_foreign_events".to_owned(),
        rule: "ISO07".to_owned(),
        witness: "bob/desktop/1 got amk…, owned by amy".to_owned(),
        command: "airtight run scenarios/regressions/iso08-7.yaml --fault ISO08".to_owned(),
        n_steps: 5,
        shrink_runs: 17,
        again: (again, 5),
        after: Duration::from_millis(10_200),
    }
}

fn not_tried(schedules: u64, first: &str) -> NotTried {
    NotTried {
        schedules,
        first: Some(first.to_owned()),
    }
}

#[test]
fn an_exploration_says_what_it_found() {
    snapshot("explore-found", &screen(explored(12, 1000), Some(found(5))));
    snapshot("explore-flaky", &screen(explored(1, 1), Some(found(3))));
}

#[test]
fn an_exploration_that_found_nothing_says_how_much_it_tried() {
    snapshot("explore-nothing", &screen(explored(200, 1000), None));
    snapshot("explore-no-chance", &screen(explored(200, 0), None));
}

#[test]
fn an_exploration_says_what_it_could_not_try() {
    let mut some = explored(9, 1000);
    some.not_run = not_tried(2, "the server ended\nits last line: no room");
    some.not_played = not_tried(1, "nobody comes in");
    snapshot("explore-some-not-tried", &screen(some, None));
    let mut most = explored(2, 1000);
    most.not_run = not_tried(10, "the server ended");
    snapshot("explore-most-not-tried", &screen(most, None));
    let none = Explored {
        not_run: not_tried(12, "the server ended"),
        ..Explored::default()
    };
    snapshot("explore-could-not-run", &screen(none, None));
}
