//! What is meant for somebody is no leak; what is not, is one.

use super::super::PROPERTY;
use crate::marker::Marker;
use crate::name::UserName;
use crate::observation::{OTHERWISE, What};
use crate::test_histories::{check, history};
use crate::verdict::Verdict::{self, Holds, Undecided, Violated};

/// amy, bob and cat; amy and bob are in `red`.
const RED: &str = "amy+ bob+ cat+ amy@red+ bob@red+";

#[track_caller]
fn red(script: &str, verdict: Verdict, says: &str) {
    check(&PROPERTY, &format!("{RED} {script} cat<<"), verdict, says);
}

#[test]
fn what_was_made_before_the_run_may_have_been_meant_for_anybody() {
    let script = "amy!1{result>@red} bob<amy9 bob<amy1";
    red(script, Violated, "bob/desktop/1 got");
    let shared = history(&format!("shares {RED} {script} cat<<"));
    let found = PROPERTY.judge(&shared);
    assert_eq!(found.verdict, Holds);
    assert!(found.note.ends_with("for anybody: 1"), "{found:?}");
    // A marker may say that it is for its owner alone.
    let private = format!("shares {RED} amy!1{{result>@red}} bob<amy900 cat<<");
    check(&PROPERTY, &private, Violated, "bob/desktop/1 got");
    let private = history(&format!(
        "shares {RED} amy!1{{result>@red}} amy<amy900 cat<<"
    ));
    assert_eq!(PROPERTY.judge(&private).verdict, Holds);
    // What was made in it is judged as always.
    let own = format!("shares {RED} amy!1{{result>@red}} cat<amy1");
    check(&PROPERTY, &own, Violated, "cat/desktop/1 got");
}

#[test]
fn what_is_not_as_where_says_is_for_nobody_else() {
    let both = "amy!1{result>amy/desktop/1;note>*} bob<amy1:note";
    let other = |event: &str| {
        let mut seen = history(&format!("{RED} {both} bob<amy1 bob!2{{result>bob}}"));
        for line in &mut seen.observations {
            if let What::Received { event: own, .. } = &mut line.what
                && own == "result"
            {
                *own = format!("{event}{OTHERWISE}");
            }
        }
        PROPERTY.judge(&seen).verdict
    };
    assert_eq!(other("result"), Violated);
    assert_eq!(other("note"), Holds);
}

#[test]
fn beside_an_event_for_everybody_a_private_one_can_leak() {
    let both = "amy!1{result>amy/desktop/1;note>*}";
    let acts = "bob!2{result>bob}";
    red(&format!("{both} amy<amy1 bob<amy1:note {acts}"), Holds, "");
    // What anybody may see in an answer is no leak there.
    let asks = format!("{both} amy<amy1 bob<<amy1");
    red(&asks, Undecided, "nobody outside an audience acted");
    let says = "bob/desktop/1 got";
    red(&format!("{both} bob<amy1"), Violated, says);
    // Everybody but who acts.
    let but = "amy!1{result>*,-amy/desktop/1} amy!2{result>*,-amy/desktop/1}";
    red(&format!("{but} bob<amy1 cat<amy1"), Holds, "");
    red(&format!("{but} amy<amy1"), Violated, "amy/desktop/1 got");
    // Where no event is for everybody, who gets none of them is the chance.
    let group = "amy+ bob+ amy@red+ bob@red+ amy!1{result>amy/desktop/1;note>@red} bob<<";
    check(&PROPERTY, group, Undecided, "no place outside");
}

#[test]
fn members_may_see_and_others_may_not() {
    red("amy!1{result>@red} amy<amy1 bob<amy1", Holds, "");
    let says = "cat/desktop/1 got";
    red("amy!1{result>@red} cat<amy1", Violated, says);
    red("amy!1{result>@red} bob<<amy1", Holds, "");
    red(
        "amy!1{result>@red} cat<<amy1",
        Violated,
        "owned by amy and not meant for it",
    );
    // What is no event of the action may be seen by the same, and by who acts.
    red("amy!1{result>@red} bob<amy1:page", Holds, "");
    red("?+ cat!1{result>@red} cat<cat1:page ?<<", Holds, "");
    red("cat!1{result>@red} cat<cat1", Violated, says);
    red("?+ amy!1{result>@red;to>cat} cat<amy1:page ?<<", Holds, "");
    red("amy!1{result>@red;to>cat} cat<amy1", Violated, says);
    // Users, sessions, tabs, everyone.
    red("amy!1{result>amy,cat} cat<amy1 bob<<", Holds, "");
    red("amy!1{result>cat/desktop/1} cat<amy1 bob<<", Holds, "");
    red(
        "cat/desktop/2+ amy!1{result>cat/desktop/1} cat/desktop/2<amy1",
        Violated,
        "cat/desktop/2 got",
    );
    red(
        "cat/desktop/2+ amy!1{result>cat/desktop} cat/desktop/2<amy1 ?+ ?<<",
        Holds,
        "",
    );
    red("?+ amy!1{result>*} cat<amy1 ?<<", Holds, "");
    red(
        "?+ amy!1{result>*} ?<amy1",
        Violated,
        "stranger/desktop/1 got",
    );
    red("?+ amy!1{result>**} ?<amy1", Undecided, "no place outside");
    red("amy!1{result>@red,-amy} bob<amy1", Holds, "");
    red(
        "amy!1{result>@red,-amy} amy<amy1",
        Violated,
        "amy/desktop/1 got",
    );
    red(
        "amy!1{result>@red,-@red} bob<amy1",
        Violated,
        "bob/desktop/1 got",
    );
}

/// From being asked for to its end, if that overlaps the time from the sending to the confirmation.
#[test]
fn a_membership_counts_while_it_may_exist() {
    let says = "cat/desktop/1 got";
    red(
        "cat@red? amy!1{result>@red} cat<amy1 bob<<",
        Undecided,
        "no place outside",
    );
    red(
        "amy!?1{result>@red} cat@red+ amy!.1 cat<amy1 ?+ ?<<",
        Holds,
        "",
    );
    red(
        "amy!?1{result>@red} amy!~1 cat@red+ cat<amy1 ?+ ?<<",
        Holds,
        "",
    );
    red("amy!1{result>@red} cat@red+ cat<amy1", Violated, says);
    red("amy!1{result>@red,may} cat@red+ cat<amy1 ?+ ?<<", Holds, "");
    red("amy!1{result>@red,must} cat<amy1", Violated, says);
    red("amy!1{result>@red} bob@red- bob<amy1", Holds, "");
    red("bob@red~ amy!1{result>@red} bob<amy1", Holds, "");
    red(
        "bob@red- amy!1{result>@red} bob<amy1",
        Violated,
        "bob/desktop/1 got",
    );
    red(
        "bob@red^ amy!1{result>@red} bob<amy1",
        Violated,
        "bob/desktop/1 got",
    );
    red(
        "bob@red- amy!1{result>@red,may} bob@red+ bob<amy1",
        Holds,
        "",
    );
    // The scenario closes the tab: a member no longer, until it joins again; then what it missed may come.
    red(
        "bob% amy!1{result>@red} bob+ bob<amy1",
        Violated,
        "bob/desktop/1 got",
    );
    red("bob% amy!1{result>@red} bob+ bob@red+ bob<amy1", Holds, "");
    red("bob%1006 amy!1{result>@red} bob+ bob<amy1", Holds, "");
    // Every place of the user, or of the session.
    red(
        "cat@red:user+ cat/phone+ amy!1{result>@red} cat/phone<amy1 ?+ ?<<",
        Holds,
        "",
    );
    red(
        "cat@red:session+ cat/phone+ amy!1{result>@red} cat/phone<amy1",
        Violated,
        "cat/phone/1",
    );
    // A group that is closed to somebody lets nobody in.
    red(
        "cat@red:closed+ amy!1{result>@red} cat<amy1",
        Violated,
        says,
    );
}

/// If one place joins a group several times, the first end ends it for what comes once for each place.
#[test]
fn who_joined_twice_and_left_once_may_still_get_what_comes_once_for_each() {
    let twice = "bob@red+ bob@red- amy!1";
    red(&format!("{twice}{{result>@red,per}} bob<amy1"), Holds, "");
    red(
        &format!("{twice}{{result>@red}} bob<amy1"),
        Violated,
        "bob/desktop/1 got",
    );
}

#[test]
fn what_was_refused_was_a_leak_all_along() {
    let says = "cat/desktop/1 got";
    red(
        "cat@red? amy!1{result>@red} cat<amy1 cat@red!",
        Violated,
        says,
    );
    red(
        "cat@red? amy!1{result>@red} cat<amy1 cat@red+ ?+ ?<<",
        Holds,
        "",
    );
    red(
        "cat@red? cat@red! amy!1{result>@red} cat<amy1",
        Violated,
        says,
    );
    // Two reasons: both must fall.
    let two = "cat@red? cat@blue? amy!1{result>@red,@blue} cat<amy1 cat@red!";
    red(&format!("{two} ?+ ?<<"), Holds, "");
    red(&format!("{two} cat@blue!"), Violated, says);
    let refused = "amy!?1{result>@red} bob<amy1 amy!x1";
    red(refused, Violated, "bob/desktop/1 got");
    red(
        "amy!?1{result>@red;acting>amy/desktop/1} amy<amy1 amy!x1",
        Holds,
        "",
    );
    red(
        "amy!?1{result>@red} amy!x1 bob<amy1",
        Violated,
        "owned by amy and refused",
    );
    let found = PROPERTY.judge(&history(&format!("{RED} {refused}")));
    assert_eq!(found.witnesses.len(), 1, "{found:?}");
}

#[test]
fn an_event_without_a_text_needs_an_open_action() {
    let says = "got `result` without a text, while no action was open";
    red(
        "amy!1{result>amy;unmarked} amy<\"ping\" amy!2{result>bob}",
        Holds,
        "",
    );
    red("amy!1{result>amy;unmarked} bob<\"ping\"", Violated, says);
    red(
        "amy/phone+ amy!?1{result>amy;unmarked} amy/phone<\"ping\" amy!x1",
        Violated,
        says,
    );
    red("amy!1{result>amy;unmarked} ?. amy<\"ping\"", Violated, says);
    red(
        "amy!1{result>amy;unmarked} ?.late amy<\"ping\" amy!2{result>bob}",
        Holds,
        "",
    );
    red("amy!1{result>amy,unmarked} bob<\"ping\"", Violated, says);
    // Another event, one that comes by itself, and one before anybody named it.
    red(
        "amy!1{result>amy;unmarked} bob<\"ping\":page amy!2{result>bob}",
        Holds,
        "",
    );
    red(
        "bob<\"ping\" amy!1{result>amy;unmarked} amy!2{result>bob}",
        Holds,
        "",
    );
    red(
        "ambient:result amy!1{result>amy;unmarked} bob<\"ping\" amy!2{result>bob}",
        Holds,
        "",
    );
}

#[test]
fn a_marker_may_be_cut_over_the_pieces_of_a_stream() {
    let says = "cat/desktop/1 got";
    red("amy!1{result>amy} cat<(amy1 cat<|amy1", Violated, says);
    let found = PROPERTY.judge(&history(&format!(
        "{RED} amy!1{{result>amy}} cat<(amy1 cat<|amy1 cat<)amy1"
    )));
    // Its beginning, and then all of it.
    assert_eq!(found.witnesses.len(), 2, "{found:?}");
    // Pieces of two streams give no text together, and nine letters are no preview.
    red("amy!1{result>amy} cat<(amy1 bob<|amy1", Holds, "");
    red("amy!1{result>amy} cat<(amy1 cat<)amy1", Holds, "");
}

#[test]
fn ten_letters_of_a_marker_that_was_sent_are_a_leak() {
    let marker = Marker::new(&UserName::from("amy"), 1).to_string();
    let seen = |letters| format!("amy!1{{result>amy}} cat<\"{}...\"", &marker[..letters]);
    let says = "(a preview of 10 letters), owned by amy and not meant for it";
    red(&seen(10), Violated, says);
    red(&seen(26), Violated, "(a preview of 26 letters)");
    red(&seen(9), Holds, "");
    let early = format!("cat<\"{}\" amy!1{{result>amy}}", &marker[..10]);
    red(&early, Holds, "");
}

#[test]
fn a_value_of_the_server_is_a_marker_until_it_is_freed() {
    let says = "bob/desktop/1 got `ace-of-spades`, a value of amy/desktop/1 since #10";
    red(
        "amy$ace-of-spades>amy bob<\"ace-of-spades\"",
        Violated,
        "got `ace-of-spades`",
    );
    check(
        &PROPERTY,
        "amy+ bob+ amy!9 bob!9 ?. amy$ace-of-spades>amy bob<\"ace-of-spades\"",
        Violated,
        says,
    );
    red("amy$ace-of-spades>amy amy<\"ace-of-spades\"", Holds, "");
    red(
        "amy$ace-of-spades>amy amy$-ace-of-spades bob<\"ace-of-spades\" amy!1{result>amy}",
        Holds,
        "",
    );
    red("amy$ace-of-spades>@red bob<\"ace-of-spades\"", Holds, "");
    red(
        "amy$ace-of-spades>@red cat<\"ace-of-spades\"",
        Violated,
        "cat/desktop/1 got",
    );
    // What could be guessed, or recurs, is not searched for.
    let short = format!("{RED} amy$7H>amy bob<\"7H\" amy!1{{result>amy}} cat<<");
    let found = PROPERTY.judge(&history(&short));
    assert_eq!(found.verdict, Holds);
    assert!(found.note.ends_with("too many: 1"), "{found:?}");
    let again = |value: &str, verdict, says: &str| {
        let text = format!("amy${value}>amy bob${value}>bob bob<\"{value}\" amy!1{{result>amy}}");
        red(&text, verdict, says);
    };
    again(
        "ace-of-spades",
        Undecided,
        "`ace-of-spades` was declared a value of amy/desktop/1 (#9) and came as a value of bob/desktop/1 too",
    );
    // A token that two users get was mixed up.
    again(
        "3f9a0c71-5be2-4d18",
        Violated,
        "bob/desktop/1 got `3f9a0c71",
    );
}

#[test]
fn an_event_that_carries_no_marker_frees_none() {
    let shown = |price: &str, verdict| {
        let text = format!("amy!1{{result>amy;price>*{price}}} bob<amy1:price cat<<");
        red(&text, verdict, "");
    };
    shown("", Undecided);
    shown(",unmarked", Violated);
}

#[test]
fn what_is_for_nobody_is_found() {
    check(
        &PROPERTY,
        "amy+ amy</hand",
        Violated,
        "amy/desktop/1 got `/hand`, which is for nobody",
    );
}

/// Many leaks come only in the answer to one's own request.
#[test]
fn a_run_needs_somebody_outside_who_acts_or_asks() {
    let property = &PROPERTY;
    let idle = "amy+ bob+ amy!1{result>amy} amy<amy1";
    check(
        property,
        idle,
        Undecided,
        "nobody outside an audience acted",
    );
    check(property, &format!("{idle} bob<<"), Holds, "");
    check(property, &format!("{idle} bob!1{{result>bob}}"), Holds, "");
    let early = "amy+ bob+ bob!1{result>bob} bob<<";
    check(property, early, Undecided, "nobody outside");
    // Nobody who is outside.
    check(
        property,
        "amy+ bob+ amy!1{result>*} bob<amy1 bob<<",
        Undecided,
        "no place outside",
    );
    // One user is enough, if each tab is alone.
    let tabs = "amy+ amy/desktop/2+ amy!1{to>amy/desktop/1;acting>amy/desktop/1} amy<amy1";
    check(
        property,
        &format!("{tabs} amy!2{{to>amy/desktop/2;acting>amy/desktop/2}}"),
        Holds,
        "",
    );
    let leaks = format!("{tabs} amy/desktop/2<amy1");
    check(property, &leaks, Violated, "amy/desktop/2 got");
    // A tab that was closed on the way saw nothing; a run that could not settle proves nothing.
    check(
        property,
        "amy+ bob+ amy!1{result>amy} bob%",
        Undecided,
        "no place outside",
    );
    let late = "amy+ bob+ amy!1{result>amy} bob!1{result>bob} ?.late …";
    check(property, late, Undecided, "no place outside");
}

/// Of what nobody knows any more, nobody is accused.
#[test]
fn a_marker_of_a_forgotten_action_is_in_doubt() {
    let many: String = (2..1003).map(|n| format!("amy!{n}{{result>*}} ")).collect();
    let script = format!("amy+ bob+ amy!1{{result>*}} {many} bob<amy1");
    check(
        &PROPERTY,
        &script,
        Undecided,
        "older than their last 1,000 actions",
    );
}
