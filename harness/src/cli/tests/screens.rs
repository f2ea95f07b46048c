//! What `run`, `verify`, `compare` and `recheck` print.

use super::four::{entry, four, judged, not_run, stopped, suite};
use super::steady::{snapshot, written};
use crate::report::suite::Suite;

/// The whole screen of a run: each scenario as it ends, and the end.
fn screen(suite: &Suite) -> String {
    written(|out| {
        suite.write_entries(out)?;
        suite.write_end(out)
    })
}

#[test]
fn a_run_ends_in_one_of_four_ways() {
    snapshot("run-holds", &screen(&suite(vec![entry("holds")])));
    snapshot("run-violated", &screen(&four()));
    let undecided = vec![entry("holds"), entry("late"), entry("cut-short")];
    snapshot("run-undecided", &screen(&suite(undecided)));
    snapshot("run-could-not-run", &screen(&suite(vec![not_run()])));
}

#[test]
fn a_run_that_stopped_keeps_what_it_has_seen() {
    snapshot("run-stopped", &screen(&suite(vec![stopped()])));
}

#[test]
fn a_comparison_says_what_differs() {
    snapshot("compare", &screen(&suite(vec![entry("disturbed")])));
}

#[test]
fn a_run_may_say_its_verdict_alone() {
    let verdicts = [entry("holds"), entry("late"), entry("violated"), not_run()];
    let words = verdicts.map(|entry| written(|out| suite(vec![entry]).write_verdict(out)));
    snapshot("run-quiet", &words.concat());
}

#[test]
fn a_history_is_judged_again_in_the_same_words() {
    for name in ["holds", "violated", "undecided", "cut-short", "late"] {
        let text = written(|out| judged(name).write_terminal(out));
        snapshot(&format!("recheck-{name}"), &text);
    }
}
