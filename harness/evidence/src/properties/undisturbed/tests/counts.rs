//! How many things there are.

use super::parts::{compare, events};
use crate::properties::undisturbed::PROPERTY;
use crate::test_histories::{check, history};
use crate::verdict::Verdict::{self, Holds, Violated};

/// This many events in each part alone, and this many in two parts beside a neighbour.
#[track_caller]
fn numbers(alone: &[usize], beside: usize, verdict: Verdict, says: &str) {
    let alone: String = alone
        .iter()
        .map(|count| format!("|alone {} ", events(*count)))
        .collect();
    let beside = format!("|busy {} ", events(beside)).repeat(2);
    let property = &PROPERTY;
    check(property, &format!("{alone}{beside}"), verdict, says);
}

#[test]
fn a_number_that_varies_stays_in_a_range() {
    let alone = [60, 61, 44];
    for within in [22, 44, 50, 61, 139] {
        numbers(&alone, within, Holds, "");
    }
    let says = "`result` beside busy: there are 1, and from 44 to 61 alone; in 2 of 2 runs";
    numbers(&alone, 1, Violated, says);
    numbers(&alone, 0, Violated, "there are 0, and from 44 to 61 alone");
    numbers(&alone, 21, Violated, "there are 21");
    numbers(&alone, 140, Violated, "there are 140, and from 44 to 61");
}

#[test]
fn an_empty_stream_is_too_few_if_it_was_never_empty_alone() {
    numbers(&[1, 2], 0, Violated, "there are 0, and from 1 to 2 alone");
    numbers(&[1, 2], 1, Holds, "");
    numbers(&[1, 2], 5, Holds, "");
    numbers(&[1, 2], 6, Violated, "there are 6");
    // What was absent in one part alone may be absent.
    numbers(&[0, 1], 0, Holds, "");
    numbers(&[0, 1], 3, Holds, "");
    numbers(&[0, 1], 4, Violated, "there are 4, and from 0 to 1 alone");
}

#[test]
fn a_number_out_of_its_range_counts_if_it_is_seen_twice() {
    let (few, many) = (events(4), events(8));
    compare([&few, &many], [&few, "amy+"], Holds, "");
    compare([&few, &many], ["amy+", "amy+"], Violated, "there are 0");
    // The witness is the first that is too many.
    let first_seq = |beside: usize| {
        let beside = events(beside);
        let script = format!("|alone {few} |alone {many} |busy {beside}");
        let property = &PROPERTY;
        let found = property.judge(&history(&script));
        found.witnesses[0].seq
    };
    // The part beside begins at 19, and its events at 22.
    assert_eq!((first_seq(1), first_seq(40)), (Some(22), Some(30)));
}

#[test]
fn a_stream_that_exists_only_beside_is_a_difference_and_a_chance() {
    let alone = "amy+ amy<\"x\"";
    let script = format!("|alone {alone} |alone {alone} |busy {alone} amy=yes");
    let property = &PROPERTY;
    check(
        property,
        &script,
        Violated,
        "`step: a step` beside busy: there are 1, and 0 alone",
    );
    let found = property.judge(&history(&script));
    assert_eq!(found.chances, 9 + 1, "{found:?}");
}

/// One check for each value, for each thing's time, for each number of things and each order of two.
#[test]
fn each_comparison_counts_as_a_chance() {
    let chances = |alone: &str, beside: &str| {
        let script = format!("|alone {alone} |alone {alone} |busy {beside}");
        let property = &PROPERTY;
        property.judge(&history(&script)).chances
    };
    // Logged in, joined with its last number, an event with its text: 3 numbers, 3 times, 2 values. The
    // two things at the tab have an order.
    assert_eq!(chances("amy+ amy<\"x\"", "amy+ amy<\"x\""), 3 + 3 + 2 + 1);
    // One more event of the same sort: a time and a value more.
    let two = "amy+ amy<\"x\" amy<\"y\"";
    assert_eq!(chances(two, two), 3 + 4 + 3 + 1);
    // A number that differs leaves its things and its orders unjudged.
    assert_eq!(chances(two, "amy+ amy<\"x\""), 3 + 2 + 1);
    // Where the numbers differ alone, words and times are left: of two events one word and one time each.
    let script =
        "|alone amy+ amy<\"x\" |alone amy+ amy<\"x\" amy<\"x\" |busy amy+ amy<\"x\" amy<\"x\"";
    let property = &PROPERTY;
    let found = property.judge(&history(script));
    assert_eq!(found.chances, 3 + 2 + 1 + 2 + 2, "{found:?}");
}
