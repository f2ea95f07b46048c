//! What proves nothing: a slow machine, too few parts, a difference that was seen only once.

use super::parts::compare;
use crate::properties::undisturbed::PROPERTY;
use crate::test_histories::check;
use crate::verdict::Verdict::{Holds, Undecided, Violated};

/// A delay shifts what comes after it by as much, and several shift the steps.
#[test]
fn lateness_of_the_harness_widens_the_range_of_latency() {
    let alone = "amy+ amy!1 amy<amy1#1 amy%";
    let slow = "amy+ amy!1 ~1200ms amy<amy1#1 amy%";
    compare([alone, alone], [slow, slow], Violated, "it came after 120");
    let was_late = "amy+ amy!1 ~1200ms ~~900 amy<amy1#1 amy%";
    compare([alone, alone], [was_late, was_late], Holds, "");
    // The band ends at 502 ms; one millisecond of the delay is the notation's own.
    let just = "amy+ amy!1 ~1200ms ~~701 amy<amy1#1 amy%";
    compare([alone, alone], [just, just], Holds, "");
    let shorter = "amy+ amy!1 ~1200ms ~~700 amy<amy1#1 amy%";
    compare(
        [alone, alone],
        [shorter, shorter],
        Violated,
        "it came after 1203",
    );
    let too_slow = "amy+ amy!1 ~1600ms ~~900 amy<amy1#1 amy%";
    compare(
        [alone, alone],
        [too_slow, too_slow],
        Violated,
        "it came after 160",
    );
    let delays = "amy+ amy!1 ~~600 ~3 ~~600 amy<amy1#1 amy%";
    let says = "a part was left out: the harness itself was late by 1200 ms";
    compare([alone, alone], [delays, delays], Undecided, says);
    // The others decide, where there are enough of them.
    let same = "amy+ amy!1 amy<amy1#1 amy%";
    let again = format!(
        "|alone {same} |alone {delays} |busy {delays} |busy {same} |alone {same} |busy {same}"
    );
    check(&PROPERTY, &again, Holds, "");
    let few = format!("|alone {same} |alone {same} |busy {delays} |busy {same} |calm {same}");
    check(&PROPERTY, &few, Undecided, says);
    // Small ones are within the band's room, and each part has its own.
    let small = "amy+ amy!1 ~~499 ~~499 ~~499 amy<amy1#1 amy%";
    compare([alone, alone], [small, small], Holds, "");
    let once = "amy+ amy!1 ~~900 amy<amy1#1 amy%";
    compare([once, once], [once, once], Holds, "");
}

#[test]
fn a_part_on_a_slow_machine_shows_nothing_about_the_neighbour() {
    let one = "amy+ amy!1 amy<amy1#1";
    let none = "amy+ amy!1";
    let says = "there are 0, and 1 alone";
    compare([one, one], [none, none], Violated, says);
    let late = "amy+ amy!1 ?.late";
    let doubt = "a part was left out: the target was slow";
    compare([one, one], [late, late], Undecided, doubt);
    compare([one, one], [late, none], Undecided, doubt);
    compare([one, late], [none, none], Undecided, doubt);
    compare([one, one], [late, one], Undecided, doubt);
    // One late session says nothing about the part.
    let session = "amy+ amy!1 amy.late";
    compare([one, one], [session, session], Violated, says);
    let stalled = "amy+ amy!1 amy<amy1#1 ~~1000";
    let own = "a part was left out: the harness itself was late by 1000 ms";
    compare([one, one], [stalled, stalled], Undecided, own);
    compare([one, one], ["amy+ amy!1 amy<amy1#1 ~~999", one], Holds, "");
    // Two parts that agree are enough, even if a third shows nothing.
    let three = format!("|alone {one} |alone {one} |busy {none} |busy {late} |busy {none}");
    let property = &PROPERTY;
    check(property, &three, Violated, says);
}

#[test]
fn a_difference_in_one_of_two_parts_may_be_a_coincidence() {
    let same = "amy+ amy!1 amy<amy1#1";
    let other = "amy+ amy!1 amy<amy1#4";
    compare([same, same], [same, other], Holds, "");
    compare(
        [same, same],
        [other, other],
        Violated,
        "$[2].seq is `4`, and `1` alone",
    );
    let script = format!("|alone {same} |alone {same} |busy {other}");
    let property = &PROPERTY;
    check(property, &script, Violated, "in 1 of 1 runs");
    let script = format!("|alone {same} |alone {same} |busy {other} |hostile {other}");
    check(property, &script, Violated, "beside hostile");
}

#[test]
fn without_a_comparison_nothing_is_decided() {
    let property = &PROPERTY;
    let seen = "amy+ amy<\"x\"";
    check(
        property,
        &format!("|alone {seen} |busy {seen}"),
        Undecided,
        "two parts",
    );
    check(
        property,
        &format!("|alone {seen} |alone {seen}"),
        Undecided,
        "no part was run beside a neighbour",
    );
    check(
        property,
        "|alone amy+ |alone amy+ |busy amy+",
        Undecided,
        "nothing was received",
    );
}
