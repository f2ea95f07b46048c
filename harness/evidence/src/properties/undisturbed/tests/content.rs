//! The content of what a user sees, and its order.

use super::parts::compare;
use crate::marker::Marker;
use crate::name::UserName;
use crate::properties::undisturbed::PROPERTY;
use crate::test_histories::{check, history};
use crate::verdict::Verdict::{Holds, Violated};

#[test]
fn a_value_that_never_varies_must_not_change() {
    let one = "amy+ amy!1 amy<amy1#1";
    let other = "amy+ amy!2 amy<amy2#1";
    compare([one, other], [one, other], Holds, "");
    let content = "amy+ amy!1 amy<bob1#1";
    let says = "amy/desktop/1: `result` beside busy: $[1].text is `‹foreign›`, and `‹amy's 1›` alone; in 2 of 2 runs";
    compare([one, other], [content, content], Violated, says);
    let more = "amy+ amy!1 amy<amy1#1 amy<\"more\"";
    compare(
        [one, other],
        [more, more],
        Violated,
        "there are 2, and 1 alone",
    );
    let none = "amy+ amy!1";
    compare(
        [one, other],
        [none, none],
        Violated,
        "there are 0, and 1 alone",
    );
}

/// It would stand between any two letters, and be whose action came first.
#[test]
fn an_empty_id_names_no_action() {
    let own = "amy+ amy!1= amy<amy1#1 amy?=yes";
    let beside = format!("bob+ bob!9= {own}");
    compare([own, own], [&beside, &beside], Holds, "");
}

/// Random letters differ in each part, however many of them there are.
#[test]
fn a_preview_has_the_name_of_its_marker() {
    let preview = |name: &str, number| {
        let marker = Marker::new(&UserName::from(name), number);
        format!("\"{}...\"", &marker.as_str()[..12])
    };
    let own = |number| {
        format!(
            "bob+ amy+ bob!9 amy!{number} amy<{}",
            preview("amy", number)
        )
    };
    let (one, other) = (own(1), own(2));
    compare([&one, &other], [&other, &one], Holds, "");
    let theirs = format!("bob+ amy+ bob!9 amy!1 amy<{}", preview("bob", 9));
    let says = "text is `‹bob's 1› (a preview of 12 letters)...`, and `‹amy's 1› (a preview of 12 letters)...` alone";
    compare([&one, &other], [&theirs, &theirs], Violated, says);
}

/// A step that fails beside somebody is a difference.
#[test]
fn a_step_that_fails_only_beside_a_neighbour_is_found() {
    let alone = "amy+ amy!1 amy<amy1#1 amy=yes";
    let failed = "amy+ amy!1 amy<amy1#1 amy=no";
    let says = "met is `false`, and `true` alone";
    compare([alone, alone], [failed, failed], Violated, says);
    // And one that is met beside somebody alone, where each other failed.
    let says = "met is `true`, and `false` alone";
    compare([failed, failed], [alone, alone], Violated, says);
}

#[test]
fn the_neighbours_own_events_are_not_compared() {
    let alone = "amy+ amy!1 amy<amy1#1";
    let beside = "bob+ amy+ bob!7 bob<bob7#9 amy!1 bob<bob7#10 amy<amy1#1";
    compare([alone, alone], [beside, beside], Holds, "");
}

#[test]
fn a_value_that_varies_alone_is_not_judged() {
    compare(
        ["amy+ amy<\"x\" amy<\"y\"", "amy+ amy<\"z\" amy<\"y\""],
        ["amy+ amy<\"p\" amy<\"y\"", "amy+ amy<\"q\" amy<\"y\""],
        Holds,
        "",
    );
}

#[test]
fn an_id_must_grow_by_the_same_steps_as_alone() {
    // If one server runs all parts, each part begins where the last one ended.
    let alone = ["amy+ amy<\"7\" amy<\"8\"", "amy+ amy<\"9\" amy<\"10\""];
    let same = ["amy+ amy<\"11\" amy<\"12\"", "amy+ amy<\"20\" amy<\"21\""];
    compare(alone, same, Holds, "");
    let others_count_too = ["amy+ amy<\"11\" amy<\"14\"", "amy+ amy<\"15\" amy<\"18\""];
    let says = "$[1].text went from `11` to `14`, and alone it changed by 1";
    compare(alone, others_count_too, Violated, says);
    let no_number = ["amy+ amy<\"11\" amy<\"no\"", "amy+ amy<\"15\" amy<\"no\""];
    compare(alone, no_number, Violated, "to `no`");
}

#[test]
fn a_random_id_is_not_judged() {
    let alone = [
        "amy+ amy<\"f7a1\" amy<\"f7a1\"",
        "amy+ amy<\"3bc9\" amy<\"3bc9\"",
    ];
    let beside = ["amy+ amy<\"c2\" amy<\"c2\"", "amy+ amy<\"d4e\" amy<\"d4f\""];
    compare(alone, beside, Holds, "");
    // Numbers that grow by other steps each time are random too.
    let alone = ["amy+ amy<\"7\" amy<\"8\"", "amy+ amy<\"9\" amy<\"12\""];
    let beside = ["amy+ amy<\"1\" amy<\"9\"", "amy+ amy<\"2\" amy<\"30\""];
    compare(alone, beside, Holds, "");
}

#[test]
fn texts_must_be_known_even_if_their_number_varies() {
    let alone = ["amy+ amy<\"a-1\" amy<\"a-2\"", "amy+ amy<\"a-1\""];
    let same = [
        "amy+ amy<\"a-3\" amy<\"a-4\" amy<\"a-5\"",
        "amy+ amy<\"a-6\"",
    ];
    compare(alone, same, Holds, "");
    let new = ["amy+ amy<\"a-1\" amy<\"b\"", "amy+ amy<\"b\""];
    let says = "$[#].text is `b`, which never stood there alone";
    compare(alone, new, Violated, says);
    // If only one part has a word, any word may occur there.
    let open = ["amy+ amy<\"a\" amy<\"c\"", "amy+ amy<\"a\""];
    compare(open, new, Holds, "");
}

#[test]
fn a_tab_that_is_closed_in_another_way_is_a_difference() {
    let (own, theirs) = ("amy+ amy<\"x\" amy%", "amy+ amy<\"x\" amy%1008");
    compare([own, own], [own, own], Holds, "");
    compare([theirs, theirs], [theirs, theirs], Holds, "");
    let says = "`left` beside busy: by the server is `close frame 1008`";
    compare([own, own], [theirs, theirs], Violated, says);
}

#[test]
fn an_order_that_never_varies_must_not_change() {
    let [one, other] = [
        "amy+ amy!1 amy<amy1 amy<amy1:popup",
        "amy+ amy!1 amy<amy1:popup amy<amy1",
    ];
    compare([one, one], [other, other], Violated, "and after it alone");
    // An answer and an event come over two connections.
    let [answer, event] = ["amy+ amy=yes amy<\"x\"", "amy+ amy<\"x\" amy=yes"];
    compare([answer, answer], [event, event], Holds, "");
    compare([one, other], [other, other], Holds, "");
    compare([one, one], [one, one], Holds, "");
}

#[test]
fn an_actions_id_is_replaced_by_its_turn() {
    // Its id differs in each part.
    let alone = |first: u8, second: u8| {
        format!("amy+ amy<\"x\" amy!{first} amy!{second} amy?amy{second}=yes")
    };
    let script = format!(
        "|alone {} |alone {} |busy amy+ amy<\"x\" amy!5 amy!6 amy?amy5=yes",
        alone(1, 2),
        alone(3, 4)
    );
    let property = &PROPERTY;
    let says = "`GET /api/actions/‹amy's 1›` beside busy: there are 1, and 0 alone";
    check(property, &script, Violated, says);
    let says = "`GET /api/actions/‹amy's 2›` beside busy: there are 0, and 1 alone";
    let witnesses = property.judge(&history(&script)).witnesses;
    assert!(
        witnesses.iter().any(|witness| witness.says.contains(says)),
        "{witnesses:?}"
    );
}
