//! How many things there are.

use super::parts::{compare, events};
use crate::properties::undisturbed::PROPERTY;
use crate::test_histories::{check, history};
use crate::verdict::Verdict::{self, Holds, Violated};

/// This many events in each part alone, and this many in two parts beside a neighbour.
#[track_caller]
fn numbers(alone: &[usize], beside: usize, verdict: Verdict, says: &str) {
    let property = &PROPERTY;
    check(property, &parts(alone, &[beside, beside]), verdict, says);
}

/// So many events in each part. The parts take long, so that what an event takes makes none longer than another.
fn parts(alone: &[usize], beside: &[usize]) -> String {
    let part = |name: &str, count: &usize| format!("|{name} {} ~100 amy%", events(*count));
    let alone = alone.iter().map(|count| part("alone", count));
    let beside = beside.iter().map(|count| part("busy", count));
    alone.chain(beside).collect::<Vec<String>>().join(" ")
}

#[test]
fn a_number_that_varies_stays_in_a_range() {
    let alone = [60, 61, 44];
    // Three parts alone: three times the 17 that they differ.
    for within in [22, 44, 50, 61, 112] {
        numbers(&alone, within, Holds, "");
    }
    let says = "`result` beside busy: there are 1, and from 44 to 61 alone; in 2 of 2 runs";
    numbers(&alone, 1, Violated, says);
    numbers(&alone, 0, Violated, "there are 0, and from 44 to 61 alone");
    numbers(&alone, 21, Violated, "there are 21");
    numbers(&alone, 113, Violated, "there are 113, and from 44 to 61");
    // The more parts there are, the less room.
    let more = [60, 61, 44, 50];
    numbers(&more, 95, Holds, "");
    numbers(&more, 96, Violated, "there are 96, and from 44 to 61");
    // What chance gives to a number of this size: three times ten, and one.
    let close = [100, 101, 100];
    numbers(&close, 132, Holds, "");
    numbers(&close, 133, Violated, "there are 133");
}

/// What comes by the clock comes more often in a part that takes longer.
#[test]
fn more_may_come_in_a_part_that_takes_longer() {
    let part = |name: &str, count: usize, seconds: usize| {
        format!("|{name} {} ~{seconds} amy%", events(count))
    };
    let script = |count, seconds| {
        let alone = [part("alone", 60, 60), part("alone", 61, 60)].join(" ");
        let beside = part("busy", count, seconds);
        format!("{alone} {beside} {beside}")
    };
    check(&PROPERTY, &script(140, 60), Violated, "there are 140");
    check(&PROPERTY, &script(140, 120), Holds, "");
    check(&PROPERTY, &script(180, 120), Violated, "there are 180");
}

/// Ticks that were as many in each part alone by chance.
#[test]
fn a_series_of_things_that_are_alike_may_have_a_few_more_or_fewer() {
    for within in [6, 8, 10] {
        numbers(&[8, 8, 8], within, Holds, "");
    }
    numbers(&[8, 8, 8], 5, Violated, "there are 5, and 8 alone");
    numbers(&[8, 8, 8], 11, Violated, "there are 11, and 8 alone");
    // A few are counted.
    numbers(&[3, 3, 3], 4, Violated, "there are 4, and 3 alone");
    // What is not alike is no series.
    let script = |beside: &str| {
        let four = "amy+ amy<\"a\" amy<\"b\" amy<\"c\" amy<\"d\"";
        format!("|alone {four} |alone {four} |busy {four} {beside} |busy {four} {beside}")
    };
    check(&PROPERTY, &script(""), Holds, "");
    let says = "there are 5, and 4 alone";
    check(&PROPERTY, &script("amy<\"d\""), Violated, says);
}

/// Of some events the target file says `1+`.
#[test]
fn what_the_target_file_does_not_count_has_a_range_even_if_it_did_not_vary() {
    let judged = |alone: usize, beside: usize| {
        let mut history = history(&parts(&[alone; 3], &[beside, beside]));
        history.scene.uncounted.insert("result".to_owned());
        PROPERTY.judge(&history).verdict
    };
    for within in [1, 2, 3, 6] {
        assert_eq!(judged(2, within), Holds, "{within}");
    }
    assert_eq!(judged(2, 0), Violated);
    assert_eq!(judged(2, 7), Violated);
    // So has a series: three times the root of what came alone, and one.
    for within in [4, 8, 15] {
        assert_eq!(judged(8, within), Holds, "{within}");
    }
    assert_eq!(judged(8, 3), Violated);
    assert_eq!(judged(8, 16), Violated);
}

/// What was the same alone by chance differs in some parts in one way and in some in the other.
#[test]
fn another_number_counts_if_each_part_shows_it() {
    let says = "there are 3, and 2 alone; in 2 of 2 runs";
    let check = |beside: &[usize], verdict, says| {
        check(&PROPERTY, &parts(&[2, 2, 2], beside), verdict, says);
    };
    check(&[3, 3], Violated, says);
    check(&[3, 1], Holds, "");
    check(&[3, 3, 2], Holds, "");
    check(
        &[0, 0, 2],
        Violated,
        "there are 0, and 2 alone; in 2 of 3 runs",
    );
}

#[test]
fn an_empty_stream_is_too_few_if_it_was_never_empty_alone() {
    numbers(&[1, 2], 0, Violated, "there are 0, and from 1 to 2 alone");
    numbers(&[1, 2], 1, Holds, "");
    numbers(&[1, 2], 6, Holds, "");
    numbers(&[1, 2], 7, Violated, "there are 7");
    // What was absent in one part alone may be absent.
    numbers(&[0, 1], 0, Holds, "");
    numbers(&[0, 1], 5, Holds, "");
    numbers(&[0, 1], 6, Violated, "there are 6, and from 0 to 1 alone");
}

#[test]
fn a_number_out_of_its_range_counts_if_it_is_seen_twice() {
    let (few, many) = (events(4), events(8));
    compare([&few, &many], [&few, &events(1)], Holds, "");
    compare([&few, &many], ["amy+", "amy+"], Violated, "there are 0");
    // The witness is the first that is too many.
    let first_seq = |beside: usize| {
        let found = PROPERTY.judge(&history(&parts(&[4, 8], &[beside])));
        found.witnesses[0].seq
    };
    // The part beside begins at 21, and its events at 24.
    assert_eq!((first_seq(1), first_seq(40)), (Some(24), Some(32)));
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
    assert_eq!(found.chances, 8 + 1, "{found:?}");
}

/// One check for each value, for each thing's time, for each number of things and each order of two.
#[test]
fn each_comparison_counts_as_a_chance() {
    let chances = |alone: &str, beside: &str| {
        let script = format!("|alone {alone} |alone {alone} |busy {beside}");
        let property = &PROPERTY;
        property.judge(&history(&script)).chances
    };
    // Logged in, joined, an event with its text: 3 numbers, 3 times, a value. The two things at the tab have an order.
    assert_eq!(chances("amy+ amy<\"x\"", "amy+ amy<\"x\""), 3 + 3 + 1 + 1);
    // One more event of the same sort: a time and a value more.
    let two = "amy+ amy<\"x\" amy<\"y\"";
    assert_eq!(chances(two, two), 3 + 4 + 2 + 1);
    // A number that differs leaves its things and its orders unjudged.
    assert_eq!(chances(two, "amy+ amy<\"x\""), 3 + 2);
    // Where the numbers differ alone, words and times are left: of two events one word and one time each.
    let script =
        "|alone amy+ amy<\"x\" |alone amy+ amy<\"x\" amy<\"x\" |busy amy+ amy<\"x\" amy<\"x\"";
    let property = &PROPERTY;
    let found = property.judge(&history(script));
    assert_eq!(found.chances, 3 + 2 + 2 + 2, "{found:?}");
}
