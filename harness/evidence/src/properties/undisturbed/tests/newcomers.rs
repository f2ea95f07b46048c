//! What comes beside a neighbour and came in no part alone.

use crate::properties::undisturbed::PROPERTY;
use crate::test_histories::{check, history};
use crate::verdict::Verdict::{self, Holds, Undecided, Violated};

const ALONE: &str = "amy+ amy!1 amy<amy1";
/// An event that nobody has asked for.
const UNASKED: &str = "amy<\"y\":popup";

/// Two parts alone, and some beside somebody, in each of which this is seen, too.
fn script(beside: &[&str]) -> String {
    let beside = beside.iter().map(|more| format!("|busy {ALONE} {more}"));
    let beside: Vec<String> = beside.collect();
    format!("|alone {ALONE} |alone {ALONE} {}", beside.join(" "))
}

#[track_caller]
fn beside(beside: &[&str], verdict: Verdict, says: &str) {
    check(&PROPERTY, &script(beside), verdict, says);
}

#[test]
fn what_nobody_has_asked_for_counts_in_two_parts() {
    let says = "`popup` beside busy: there are 1, and 0 alone; in 2 of 3 runs";
    beside(&[UNASKED, "", UNASKED], Violated, says);
    beside(&[UNASKED, UNASKED], Violated, "in 2 of 2 runs");
    beside(&["", "", ""], Holds, "");
    // Once is chance, and nobody can tell.
    let doubt = "beside busy: popup: it came in no part alone, and came in 1 of 3 runs";
    beside(&[UNASKED, "", ""], Undecided, doubt);
    // It is told once, with the first one as its witness.
    let found = PROPERTY.judge(&history(&script(&[UNASKED, UNASKED, UNASKED])));
    let [told] = found.witnesses.as_slice() else {
        panic!("{found:?}");
    };
    assert!(told.event.is_some(), "{told:?}");
}

/// An answer to what somebody did may come too late in a part alone; so may a step's.
#[test]
fn what_was_asked_for_counts_if_each_part_has_it() {
    for asked in ["amy<amy1:popup", "amy=yes", "amy?amy1=yes"] {
        beside(&[asked, "", asked], Holds, "");
        beside(&[asked, asked, asked], Violated, "in 3 of 3 runs");
    }
    // One without a marker among others is enough.
    let both = format!("amy<amy1:popup {UNASKED}");
    let says = "there are 2, and 0 alone; in 2 of 3 runs";
    beside(&[&both, "amy<amy1:popup", &both], Violated, says);
}

#[test]
fn what_comes_by_itself_is_no_newcomer() {
    let ambient = |beside: &[&str]| format!("ambient:popup {}", script(beside));
    check(&PROPERTY, &ambient(&[UNASKED, "", UNASKED]), Holds, "");
    check(&PROPERTY, &ambient(&[UNASKED, "", ""]), Holds, "");
}

/// On a slow machine a part lasts longer, and the clock of the target ticks.
#[test]
fn what_comes_when_each_part_alone_was_over_shows_nothing() {
    // The parts alone last 3 ms, and half a second more is chance.
    let late = format!("~26 {UNASKED}");
    let doubt = "popup: it came in no part alone, and after more than the";
    beside(&[&late, &late], Undecided, doubt);
    beside(&[&late, &late, &late], Undecided, doubt);
    let soon = format!("~490ms {UNASKED}");
    beside(&[&soon, &soon], Violated, "in 2 of 2 runs");
    // What came before that counts.
    let both = format!("{UNASKED} {late}");
    beside(&[&both, &both], Violated, "there are 1, and 0 alone");
    // A step comes when it is taken.
    beside(&["~26 amy=yes", "~26 amy=yes"], Violated, "there are 1");
}
