//! Events that come, that are late, that are lost, and that are no longer owed.

mod declared;

use proptest::prelude::*;

use super::PROPERTY;
use super::debts::{STOPPED, UNCONFIRMED};
use crate::test_histories::{check, history};
use crate::verdict::Verdict::{Holds, Undecided, Violated};

#[test]
fn what_comes_cut_short_is_no_delivery() {
    let property = &PROPERTY;
    let says = "got 0 of 1 `result`";
    check(property, "amy+ amy!1 amy<(amy1 amy<|amy1", Undecided, says);
    check(
        property,
        "amy+ amy!1 amy<(amy1 amy<|amy1 amy<amy1",
        Holds,
        "",
    );
    let pieces = "amy+ amy!1 amy<(amy1 amy<|amy1 amy<)amy1";
    check(property, pieces, Holds, "");
    // At another tab.
    let other = "amy+ amy/desktop/2+ amy!1 amy<amy1 bob+ bob<(amy1 bob<|amy1";
    check(property, other, Violated, says);
}

#[test]
fn every_tab_gets_what_is_due() {
    let property = &PROPERTY;
    check(
        property,
        "amy+ amy/desktop/2+ amy!1 amy<amy1 amy/desktop/2<amy1",
        Holds,
        "",
    );
    check(
        property,
        "amy+ amy/desktop/2+ amy!1 amy<amy1",
        Violated,
        "amy/desktop/2 got 0 of 1 `result`",
    );
    check(
        property,
        "amy+ amy/phone+ amy!1 amy<amy1 amy/phone-",
        Holds,
        "",
    );
    check(
        property,
        "amy+ amy<amy1#1 amy<amy1#3",
        Violated,
        "got number 3 right after 1",
    );
    check(property, "amy+ bob+ amy!1 amy<amy1", Holds, "");
    check(
        property,
        "amy+ amy!1 amy<amy1#1 amy<amy1#2 amy!2 …",
        Holds,
        "",
    );
    check(property, "amy+ amy!1 …", Undecided, "nothing was due");
    check(
        property,
        "amy+ bob+ amy!1 bob!1 bob. bob- amy<amy1 amy. amy-",
        Violated,
        "bob/desktop/1 got 0 of 1 `result`",
    );
    check(property, "amy+ bob+ amy!1 bob!1 amy<amy1 amy. …", Holds, "");
    check(property, "amy+ amy!1 amy- …", Undecided, "nothing was due");
}

/// What is late is not lost: only a target that answers, and a harness that hears it, prove a loss.
#[test]
fn an_event_that_may_still_arrive_is_not_lost() {
    let property = &PROPERTY;
    let says = "amy/desktop/1 got 0 of 1 `result`";
    check(property, "amy+ amy!1 ?.late …", Undecided, says);
    check(
        property,
        "amy+ amy!1 ?.late …",
        Undecided,
        "the target was slow",
    );
    check(property, "amy+ amy!1 ?. …", Violated, says);
    check(property, "amy+ amy!1 amy<amy1 ?.late …", Holds, "");
    let of_a_session = "amy+ amy!1 amy.late amy- …";
    check(property, of_a_session, Undecided, "the target was slow");
    let numbers = "amy+ amy<amy1#1 amy<amy1#3 ?.late …";
    check(property, numbers, Violated, "got number 3 right after 1");
    let both = "amy+ bob+ amy!1 bob!1 amy.late bob. …";
    check(property, both, Violated, "bob/desktop/1 got 0 of 1");
    let two = "|alone amy+ amy!1 ?.late |alone amy+ amy!2 amy<amy2 ?.";
    check(property, two, Undecided, "the target was slow");
}

#[test]
fn a_tab_that_the_server_closed_is_still_owed_its_events() {
    let property = &PROPERTY;
    let says = "got 0 of 1 `result` of";
    check(property, "amy+ amy!1 amy%1008", Violated, says);
    let closed = "; the server closed the tab: close frame 1008";
    check(property, "amy+ amy!1 amy%1008", Violated, closed);
    // What comes due afterwards is owed as well: the scenario left the tab open.
    check(property, "amy+ amy%1008 amy!1", Violated, closed);
    check(property, "amy+ amy!1 amy<amy1 amy%1008", Holds, "");
    // The scenario closes its own: before, after, and by the end of the session.
    for ending in [
        "amy%",
        "amy%1008 amy%",
        "amy-",
        "amy%1008 amy-",
        "amy- amy%1008",
    ] {
        let script = format!("amy+ bob+ amy!1 bob!1 {ending} bob<bob1");
        check(property, &script, Holds, "");
    }
    // A tab that was never open owes nothing.
    check(property, "amy+ amy% amy%1008 amy!1", Undecided, "nothing");
    // The close of one tab says nothing about another.
    let found = property.judge(&history("amy+ amy/desktop/2+ amy!1 amy/desktop/2%1008"));
    let says: Vec<bool> = found
        .witnesses
        .iter()
        .map(|one| one.says.contains("1008"))
        .collect();
    assert_eq!(says, [false, true], "{found:?}");
}

/// The server may close a tab if the harness slept too long to answer.
#[test]
fn a_tab_that_was_closed_while_the_harness_slept_is_undecided() {
    let property = &PROPERTY;
    let late = "closed the tab: close frame 1008: the harness itself was late by 30000 ms";
    check(property, "amy+ amy!1 ~40 amy%1008 ~~30000", Undecided, late);
    check(property, "amy+ amy!1 ~40 ~~30000 amy%1008", Undecided, late);
    check(property, "amy+ ~40 ~~30000 amy%1008 amy!1", Undecided, late);
    check(property, "amy+ ~40 amy%1008 amy!1 ~~30000", Undecided, late);
    // The close came long before the harness slept, or long after.
    for other in [
        "amy+ amy!1 ~9 amy%1008 ~32 ~~30000",
        "amy+ amy!1 ~40 ~~30000 ~2 amy%1008",
        "amy+ amy!1 ~40 ~~999 amy%1008",
        "amy+ amy!1 ~40 ~~30000 amy%1008 amy+ ~2 amy%1008",
    ] {
        check(property, other, Violated, "the tab: close frame 1008");
    }
    // A tab that stayed open has no such excuse.
    check(property, "amy+ amy!1 ~40 ~~30000", Violated, "got 0 of 1");
}

#[test]
fn a_stopped_action_owes_only_what_it_has_made() {
    let property = &PROPERTY;
    check(property, "amy+ amy!1 amy^1", Undecided, "nothing was due");
    check(property, "amy+ amy!1 amy<amy1 amy^1", Holds, "");
    // What one tab got the other should get, but the action may have been stopped between the two.
    let two = "amy+ amy/desktop/2+ amy!1 amy<amy1 amy^1";
    let doubt = "amy/desktop/2 got 0 of 1 `result`";
    check(property, two, Undecided, doubt);
    check(property, two, Undecided, STOPPED);
    check(property, &format!("{two} amy/desktop/2<amy1"), Holds, "");
    let neither = "amy+ amy/desktop/2+ amy!1 amy^1";
    check(property, neither, Undecided, "nothing was due");
    // The event of a stopped action may still come.
    let both = "amy+ amy!2 amy!1 amy^1 amy<amy1 amy<amy2";
    check(property, both, Holds, "");
    // Another action still owes its events, and so does one that is started later.
    let says = "amy/desktop/1 got 0 of 1 `result`";
    check(property, "amy+ amy!1 amy!2 amy^1", Violated, says);
    check(property, "amy+ amy^1 amy!1", Violated, says);
    // An action that another user tried to stop still owes its events.
    check(property, "amy+ bob+ amy!1 bob^amy1", Violated, says);
    // If two actions have one id, the newest of this user is stopped.
    let bobs = "amy+ bob+ amy!1=7 bob!1=7 amy^=7";
    check(property, bobs, Violated, "bob/desktop/1 got 0 of 1");
    let newest = "amy+ amy!1=7 amy!2=7 amy^=7 amy<amy1";
    check(property, newest, Holds, "");
    let older = "amy+ amy!1=7 amy!2=7 amy^=7 amy<amy2";
    check(property, older, Violated, says);
}

#[test]
fn events_after_a_tab_has_joined_again_pay_its_debts() {
    let property = &PROPERTY;
    check(property, "amy+ amy!1 amy%1008 amy+ amy<amy1", Holds, "");
    check(property, "amy+ amy%1008 amy!1 amy+ amy<amy1", Holds, "");
    let closed = "the server closed the tab: close frame 1008";
    check(property, "amy+ amy!1 amy%1008 amy+", Violated, closed);
    let again = "amy+ amy!1 amy%1008 amy+ amy%1011";
    check(
        property,
        again,
        Violated,
        "the server closed the tab: close frame 1011",
    );
    // An action that starts after the tab came back does not mention the close.
    let found = property.judge(&history("amy+ amy%1008 amy+ amy!1"));
    assert_eq!(found.witnesses.len(), 1);
    assert!(!found.witnesses[0].says.contains("closed"), "{found:?}");
    // A session that has settled is judged at once.
    let settled = "amy+ amy!1 amy%1008 amy. amy+ amy<amy1";
    check(property, settled, Violated, closed);
}

/// What came before the confirmation counts, as long as the request is remembered.
#[test]
fn a_user_may_have_a_thousand_unanswered_requests() {
    let property = &PROPERTY;
    let early = |others: usize| {
        let others: String = (2..others + 2).map(|n| format!("amy!?{n} ")).collect();
        format!("amy+ amy!?1 amy<amy1 {others} amy!.1")
    };
    check(property, &early(UNCONFIRMED - 1), Holds, "");
    check(property, &early(UNCONFIRMED), Violated, "got 0 of 1");
    check(property, &early(UNCONFIRMED + 1), Violated, "got 0 of 1");
    // A confirmed action is owed, however many requests come after it.
    let others: String = (2..UNCONFIRMED + 9).map(|n| format!("amy!?{n} ")).collect();
    check(
        property,
        &format!("amy+ amy!1 {others}"),
        Violated,
        "got 0 of 1",
    );
}

proptest! {
    #[test]
    fn a_lost_event_is_always_found(n in 3..40_u64, lost: prop::sample::Index) {
        // The last number is left in: without a later one, only what an action yields shows a loss.
        let lost = 2 + lost.index(usize::try_from(n).expect("small") - 2) as u64;
        let script = |skip: u64| {
            let events = (1..=n).filter(|i| *i != skip).map(|i| format!("amy<amy1#{i}"));
            std::iter::once("amy+".to_owned()).chain(events).collect::<Vec<_>>().join(" ")
        };
        let property = &PROPERTY;
        prop_assert_eq!(property.judge(&history(&script(0))).verdict, Holds);
        prop_assert_eq!(property.judge(&history(&script(lost))).verdict, Violated);
    }
}
