//! What a leak is: without declared audiences, and with them.

mod declared;

use proptest::prelude::*;

use super::PROPERTY;
use crate::test_histories::{check, history};
use crate::verdict::Verdict::{Holds, Undecided, Violated};

#[test]
fn the_reason_of_a_close_is_searched_for_markers() {
    let property = &PROPERTY;
    let script = "amy+ bob+ bob!1 amy%bob1";
    check(property, script, Violated, "amy/desktop/1 got");
    check(property, "amy+ bob+ amy!1 amy%amy1", Holds, "");
}

/// If the target did not answer at the end, nobody knows what it sent last.
#[test]
fn a_run_that_could_not_listen_at_its_end_proves_no_silence() {
    let property = &PROPERTY;
    let quiet = "amy+ bob+ amy!1 amy<amy1";
    check(property, &format!("{quiet} ?."), Holds, "");
    let deaf = format!("{quiet} ?.deaf …");
    let says = "what came last was not heard: the target did not answer";
    check(property, &deaf, Undecided, says);
    let leaks = "amy+ bob+ amy!1 bob<amy1 ?.deaf …";
    check(property, leaks, Violated, "bob/desktop/1 got");
}

#[test]
fn no_user_sees_anothers_event() {
    let property = &PROPERTY;
    check(property, "amy+ bob+ amy<amy1", Holds, "");
    check(
        property,
        "amy+ bob+ bob<amy1",
        Violated,
        "#5: bob/desktop/1 got",
    );
    check(
        property,
        "amy+ amy<amy1",
        Undecided,
        "isolation needs two users",
    );
    check(property, "amy+ bob+ ?<amy1", Violated, "owned by amy");
    check(
        property,
        "amy+ bob+ bob<eve1",
        Violated,
        "owned by nobody in this scenario",
    );
    check(
        property,
        "amy+ amy<amy1 amy- bob+",
        Undecided,
        "while another user was there",
    );
    // A leak counts as a chance, even if no other user is logged in.
    let leaked = property.judge(&history("amy+ bob+ amy- bob<amy1"));
    assert_eq!((leaked.verdict, leaked.chances), (Violated, 1));
    let own = property.judge(&history("amy+ bob+ amy- bob<bob1 bob<amy1"));
    assert_eq!((own.verdict, own.chances), (Violated, 1));
}

/// Deliveries among three users, each to its owner.
fn clean() -> impl Strategy<Value = Vec<String>> {
    let users = prop::sample::select(vec!["amy", "bob", "cat"]);
    prop::collection::vec(
        (users, 1..9_u8).prop_map(|(user, i)| format!("{user}<{user}{i}")),
        1..60,
    )
}

proptest! {
    #[test]
    fn a_clean_history_is_never_accused(script in clean()) {
        let script = format!("amy+ bob+ cat+ {}", script.join(" "));
        let found = PROPERTY.judge(&history(&script));
        prop_assert_eq!(found.verdict, Holds, "{}", script);
    }

    #[test]
    fn a_planted_leak_is_always_found(mut script in clean(), at: prop::sample::Index) {
        script.insert(at.index(script.len() + 1), "cat<bob7".to_owned());
        let script = format!("amy+ bob+ cat+ {}", script.join(" "));
        let found = PROPERTY.judge(&history(&script));
        prop_assert_eq!(found.verdict, Violated, "{}", script);
        prop_assert_eq!(found.witnesses.len(), 1);
    }
}
