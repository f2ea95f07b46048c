//! What always came alone, and does not come beside somebody.

use super::parts::compare;
use crate::observation::{TOO_FAST, What};
use crate::properties::undisturbed::PROPERTY;
use crate::test_histories::{check, history};
use crate::verdict::Verdict::{Holds, Undecided, Violated};

const MET: &str = "amy+ amy<\"x\" amy=yes";
/// A step with all its patience used up, and what it waited for comes when the neighbour has left.
const STARVED: &str = "amy+ ~5 amy=late amy<\"x\"";

#[test]
fn a_step_that_is_not_seen_in_time_beside_a_neighbour_is_a_difference() {
    let says = "`step: a step` beside busy: it was not seen in 5001 ms; alone it took 1 ms at most, so the limit is 501 ms";
    compare([MET, MET], [STARVED, STARVED], Violated, says);
    // Alone it was not always met, or never: nobody knows.
    compare([MET, STARVED], [STARVED, STARVED], Holds, "");
    compare([STARVED, STARVED], [STARVED, STARVED], Holds, "");
    compare([STARVED, STARVED], [MET, MET], Holds, "");
    let failed = "amy+ amy<\"x\" amy=no";
    let late = "amy+ ~5 amy=late";
    let script = format!("|alone {failed} |alone {failed} |busy {failed} {late} |busy {failed}");
    check(&PROPERTY, &script, Holds, "");
}

#[test]
fn one_part_in_which_a_step_is_not_seen_is_a_doubt() {
    let says = "beside busy: step: a step: it was met in each part alone, and not seen in time in 1 of 2 runs";
    compare([MET, MET], [STARVED, MET], Undecided, says);
    // With one part there is no second look.
    let one = format!("|alone {MET} |alone {MET} |busy {STARVED}");
    check(&PROPERTY, &one, Violated, "in 1 of 1 runs");
    // Two of three are enough.
    let three = format!("|alone {MET} |alone {MET} |busy {STARVED} |busy {MET} |busy {STARVED}");
    check(&PROPERTY, &three, Violated, "in 2 of 3 runs");
}

#[test]
fn a_short_wait_and_a_late_harness_accuse_nobody() {
    // After the first miss patience is short: shorter than the step may take.
    let short = "amy+ ~500ms amy=late amy<\"x\"";
    let says = "not seen in 501 ms, which is too short to tell";
    compare([MET, MET], [short, short], Undecided, says);
    let just = "amy+ ~501ms amy=late amy<\"x\"";
    compare([MET, MET], [just, just], Violated, "not seen in 502 ms");
    // All delays of the harness together may have hidden it.
    let late = "amy+ ~1 ~~300 ~~300 amy=late amy<\"x\"";
    let says = "not seen in time while the harness itself was late by 600 ms";
    compare([MET, MET], [late, late], Undecided, says);
    let less = "amy+ ~1 ~~300 ~~100 amy=late amy<\"x\"";
    compare([MET, MET], [less, less], Violated, "not seen in 1003 ms");
}

/// What comes while nobody looks is as late as it is, whatever else was seen meanwhile.
#[test]
fn a_wait_is_measured_from_the_step_before() {
    let alone = "amy+ amy<\"t\":popup amy<\"x\" amy=yes";
    let beside = "amy+ ~4 amy<\"t\":popup ~400ms amy=late amy<\"x\"";
    let says = "it was not seen in 4402 ms";
    compare([alone, alone], [beside, beside], Violated, says);
}

/// The neighbour may be another session of the same user.
#[test]
fn what_another_session_does_shortens_no_wait() {
    let alone = "amy+ amy<\"x\" amy=yes";
    let beside = "amy/phone+ amy+ ~4 amy/phone=yes amy=late amy<\"x\"";
    let says = "it was not seen in 4002 ms";
    compare([alone, alone], [beside, beside], Violated, says);
}

#[test]
fn nothing_where_something_always_came_is_a_difference() {
    let two = "amy+ amy<\"x\" amy<\"x\"";
    let one = "amy+ amy<\"x\"";
    let none = "amy+ amy<\"y\":popup";
    let says = "`result` beside busy: there are 0, and from 1 to 2 alone";
    compare([one, two], [none, none], Violated, says);
    compare([one, one], [none, none], Violated, "there are 0, and 1");
    // Not in both parts: nobody can tell.
    let says = "beside busy: result: it came in each part alone, and did not come in 1 of 2 runs";
    compare([one, one], [none, one], Undecided, says);
    compare([one, two], [none, two], Undecided, says);
    // Alone it did not always come.
    compare([one, none], [none, one], Holds, "");
}

/// Where nothing comes in one part, and too little in the others, each part shows that there is too little.
#[test]
fn nothing_is_fewer_too() {
    let [none, one, two] = ["amy+ ", "amy+ amy<\"x\"", "amy+ amy<\"x\" amy<\"x\""];
    let says = "there are 0, and 2 alone; in 2 of 2 runs";
    compare([two, two], [none, one], Violated, says);
    let parts = |beside: [&str; 3]| {
        let beside = beside.map(|part| format!("|busy {part}")).join(" ");
        format!("|alone {two} |alone {two} {beside}")
    };
    let says = "there are 1, and 2 alone; in 3 of 3 runs";
    check(&PROPERTY, &parts([one, none, one]), Violated, says);
    let doubt = "result: it came in each part alone, and did not come in 1 of 3 runs";
    check(&PROPERTY, &parts([one, none, two]), Undecided, doubt);
    // It is told once.
    let both = PROPERTY.judge(&history(&parts([none, one, none])));
    let [told] = both.witnesses.as_slice() else {
        panic!("{both:?}");
    };
    let says = "there are 0, and 2 alone; in 2 of 3 runs";
    assert!(told.says.ends_with(says), "{told:?}");
}

/// A target may rightly bound what comes from one address, which is the neighbour's too.
#[test]
fn who_was_too_fast_was_not_starved() {
    let refused = "amy+ ~5 amy=late";
    let script = format!("|alone {MET} |alone {MET} |busy {refused} |busy {refused}");
    let mut history = history(&script);
    for observation in &mut history.observations {
        if let What::Expected { found, unseen, .. } = &mut observation.what
            && *unseen
        {
            *found = format!("the target says that this was {TOO_FAST}: status 429");
        }
    }
    let finding = PROPERTY.judge(&history);
    assert_eq!(finding.verdict, Undecided, "{finding:?}");
    assert!(finding.reason.contains("status 429"), "{finding:?}");
}
