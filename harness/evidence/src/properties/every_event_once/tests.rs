//! Copies with a number and without one, within a connection and over several.

use proptest::prelude::*;

use super::{COUNTED, PROPERTY};
use crate::properties::events_in_order;
use crate::test_histories::{check, history};
use crate::verdict::Verdict::{self, Holds, Undecided, Violated};

#[test]
fn a_text_that_comes_in_pieces_comes_once() {
    let pieces = "amy+ amy!1 amy<(amy1 amy<|amy1 amy<)amy1";
    check(&PROPERTY, pieces, Holds, "");
}

#[test]
fn an_event_without_a_number_must_arrive_once_too() {
    let property = &PROPERTY;
    check(property, "amy+ amy!1 amy<amy1", Holds, "");
    check(
        property,
        "amy+ amy!1 amy<amy1 amy<amy1",
        Violated,
        "#6: amy/desktop/1 got 2 `result` of",
    );
    let third = "amy+ amy!1 amy<amy1 amy<amy1 amy<amy1";
    check(property, third, Violated, "#7: amy/desktop/1 got 3");
    // A copy that was given a number of its own.
    let numbered = "amy+ amy!1 amy<amy1#1 amy<amy1#2";
    check(property, numbered, Violated, "which makes 1");
    // An event that repeats a number is reported only once.
    let found = property.judge(&history("amy+ amy!1 amy<amy1#1 amy<amy1#1"));
    assert_eq!((found.witnesses.len(), found.chances), (1, 3), "{found:?}");
    // Each tab has its own.
    let two = "amy+ amy/desktop/2+ amy!1 amy<amy1 amy/desktop/2<amy1";
    check(property, two, Holds, "");
    // Two actions make one each.
    check(property, "amy+ amy!1 amy!2 amy<amy1 amy<amy2", Holds, "");
}

#[test]
fn events_before_the_confirmation_count() {
    let property = &PROPERTY;
    check(property, "amy+ amy!?1 amy<amy1 amy!.1", Holds, "");
    check(
        property,
        "amy+ amy!?1 amy<amy1 amy<amy1 amy!.1",
        Violated,
        "#5: amy/desktop/1 got 2 `result` of",
    );
    check(
        property,
        "amy+ amy!?1 amy<amy1 amy!.1 amy<amy1",
        Violated,
        "#6: amy/desktop/1 got 2 `result` of",
    );
    let found = property.judge(&history("amy+ amy!?1 amy<amy1 amy!.1 amy<amy1"));
    assert_eq!(found.chances, 2, "{found:?}");
    // An action that was never confirmed has no exact number.
    let unknown = "amy+ amy!?1 amy<amy1 amy<amy1";
    check(property, unknown, Undecided, "exactly how many");
}

#[test]
fn events_that_may_repeat_are_not_judged() {
    let property = &PROPERTY;
    let repeated = "amy+ amy!*1 amy<amy1 amy<amy1";
    check(property, repeated, Undecided, "exactly how many");
    // An event that the action does not name.
    let other = "amy+ amy!1 amy<amy1 amy<\"x\" amy<\"x\"";
    check(property, other, Holds, "");
    // A page that is opened again may get it again.
    check(
        property,
        "amy+ amy!1 amy<amy1 amy% amy+ amy<amy1",
        Holds,
        "",
    );
    check(
        property,
        "amy+ amy!1 amy<amy1 amy% amy+ amy<amy1 amy<amy1",
        Violated,
        "got 2 `result`",
    );
    // Also before it is ready; but within one connection nothing comes twice.
    for again in [
        "amy+ amy!1 amy<amy1 amy% amy<amy1 amy+",
        "amy+ amy!1 amy<amy1 amy%1008 amy<amy1 amy+",
        "amy+ amy!?1 amy<amy1 amy% amy<amy1 amy+ amy!.1",
    ] {
        check(property, again, Holds, "");
    }
    let twice = "amy+ amy!1 amy<amy1 amy% amy<amy1 amy+ amy<amy1";
    check(property, twice, Violated, "got 2 `result`");
    let early = "amy+ amy!?1 amy<amy1 amy% amy+ amy<amy1 amy!.1";
    check(property, early, Holds, "");
    let earlier = "amy+ amy!?1 amy<amy1 amy% amy+ amy!.1 amy<amy1";
    check(property, earlier, Holds, "");
    // Another user's event is a leak, not a copy.
    let leaked = "amy+ bob+ amy!1 amy<amy1 bob<amy1 bob<amy1";
    check(property, leaked, Holds, "");
}

#[test]
fn a_hundred_actions_of_a_user_are_counted() {
    let property = &PROPERTY;
    let after = |others: usize| {
        let others: String = (2..others + 2).map(|n| format!("amy!{n} ")).collect();
        format!("amy+ amy!1 amy<amy1 {others} amy<amy1")
    };
    check(property, &after(COUNTED - 1), Violated, "got 2");
    check(property, &after(COUNTED), Holds, "");
}

#[track_caller]
fn red(script: &str, verdict: Verdict, says: &str) {
    let script = format!("amy+ bob+ cat+ amy@red+ bob@red+ {script}");
    check(&PROPERTY, &script, verdict, says);
}

#[test]
fn copies_are_counted_at_each_place_of_the_audience() {
    let twice = "bob/desktop/1 got 2 `result` of";
    red("amy!1{result>@red} amy<amy1 bob<amy1", Holds, "");
    red(
        "amy!1{result>@red} amy<amy1 bob<amy1 bob<amy1",
        Violated,
        twice,
    );
    red(
        "amy!?1{result>@red} bob<amy1 bob<amy1 amy!.1",
        Violated,
        twice,
    );
    red("amy!1{result>@red} amy<amy1 cat<amy1 cat<amy1", Holds, "");
    red(
        "amy!*1{result>@red} bob<amy1 bob<amy1",
        Undecided,
        "exactly how many",
    );
    // Once for each membership.
    red(
        "bob@red+ amy!1{result>@red,per} bob<amy1 bob<amy1",
        Holds,
        "",
    );
    red(
        "bob@red+ amy!1{result>@red,per} bob<amy1 bob<amy1 bob<amy1",
        Violated,
        "got 3",
    );
    red(
        "bob@red+ amy!1{result>@red} bob<amy1 bob<amy1",
        Violated,
        twice,
    );
    // It comes again to who joins again, if it has a history.
    red(
        "amy!1{result>@red,may} bob<amy1 bob@red- bob@red? bob<amy1",
        Holds,
        "",
    );
    red(
        "amy!1{result>@red} bob<amy1 bob@red- bob@red? bob<amy1",
        Violated,
        twice,
    );
    red(
        "amy!?1{result>@red,may} bob<amy1 bob@red? bob<amy1 amy!.1",
        Holds,
        "",
    );
}

#[test]
fn events_without_a_text_are_counted_together() {
    let popup = "amy<\"popup\"";
    let says = "got 2 `result` without a text, of which all actions make 1";
    red(&format!("amy!1{{result>amy;unmarked}} {popup}"), Holds, "");
    red(
        &format!("amy!1{{result>amy;unmarked}} {popup} {popup}"),
        Violated,
        says,
    );
    let two = "amy!1{result>amy;unmarked} amy!2{result>amy;unmarked}";
    red(&format!("{two} {popup} {popup}"), Holds, "");
    red(
        &format!("{two} {popup} ?. amy!3{{result>amy;unmarked}} {popup} {popup}"),
        Violated,
        says,
    );
    red(
        &format!("amy!?1{{result>amy;unmarked}} {popup} {popup} amy!x1 {two}"),
        Holds,
        "",
    );
    red(
        &format!("amy!?1{{result>amy;unmarked}} {popup} {popup}"),
        Undecided,
        "exactly how many",
    );
    red(
        &format!("ambient:result amy!1{{result>amy;unmarked}} {popup} {popup}"),
        Undecided,
        "exactly",
    );
}

#[test]
fn a_finding_without_numbers_says_so() {
    let note = |script: &str| PROPERTY.judge(&history(script)).note;
    assert_eq!(
        note("amy+ amy!1 amy<amy1"),
        "unnumbered: judged by markers only"
    );
    assert_eq!(note("amy+ amy!1 amy<amy1#1"), "");
    assert_eq!(note("amy+"), "");
}

proptest! {
    #[test]
    fn a_doubled_or_moved_event_is_always_found(n in 2..40_u64, again: prop::sample::Index) {
        let again = 1 + again.index(usize::try_from(n).expect("small") - 1) as u64;
        let events: Vec<String> = (1..=n).chain([again]).map(|i| format!("amy<amy1#{i}")).collect();
        let history = history(&format!("amy+ {}", events.join(" ")));
        prop_assert_eq!(PROPERTY.judge(&history).verdict, Violated);
        prop_assert_eq!(events_in_order::PROPERTY.judge(&history).verdict, Violated);
    }
}
