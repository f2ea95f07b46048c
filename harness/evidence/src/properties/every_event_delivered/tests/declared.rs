//! Who must get what, where it is declared.

use super::super::PROPERTY;
use crate::test_histories::check;
use crate::verdict::Verdict::{self, Holds, Undecided, Violated};

#[track_caller]
fn red(script: &str, verdict: Verdict, says: &str) {
    let script = format!("amy+ bob+ cat+ amy@red+ bob@red+ {script}");
    check(&PROPERTY, &script, verdict, says);
}

#[test]
fn each_confirmed_member_must_get_it() {
    let bob = "bob/desktop/1 got 0 of 1 `result`";
    red("amy!1{result>@red} amy<amy1 bob<amy1", Holds, "");
    red("amy!1{result>@red} amy<amy1", Violated, bob);
    red("cat!1{result>@red} amy<cat1", Violated, bob);
    red("cat@red? amy!1{result>@red} amy<amy1 bob<amy1", Holds, "");
    red(
        "amy!?1{result>@red} cat@red+ amy!.1 amy<amy1 bob<amy1",
        Holds,
        "",
    );
    red("amy!1{result>@red,-amy} bob<amy1", Holds, "");
    red("amy!1{result>@red,-amy}", Violated, bob);
    red("amy!1{result>bob/desktop/1} bob/desktop/2+", Violated, bob);
    red(
        "?+ amy!1{result>**} amy<amy1 bob<amy1 cat<amy1",
        Violated,
        "stranger/desktop/1 got 0",
    );
    red("amy!?1{result>@red} amy!x1", Undecided, "nothing was due");
    // Where no event says, the owner's.
    red("amy!1{page>@red}", Violated, "amy/desktop/1 got 0");
    red("amy!1{page>@red;to>bob}", Violated, bob);
    // A tab that opens after the sending is not due it.
    red("amy!?1{result>bob} bob/phone+ amy!.1 bob<amy1", Holds, "");
}

#[test]
fn a_membership_owes_until_the_scenario_ends_it() {
    let bob = "bob/desktop/1 got 0 of 1 `result`";
    red("amy!1{result>@red} amy<amy1 bob@red~", Holds, "");
    red("amy!1{result>@red} amy<amy1 bob@red-", Holds, "");
    red("bob@red~ amy!1{result>@red} amy<amy1", Holds, "");
    red("amy!1{result>@red} amy<amy1 bob%", Holds, "");
    red("amy!1{result>@red} amy<amy1 bob@red^", Violated, bob);
    red("bob@red^ amy!1{result>@red} amy<amy1", Holds, "");
    red(
        "amy!1{result>@red} amy<amy1 bob%1006",
        Violated,
        "closed the tab: close frame 1006",
    );
    red("bob%1006 amy!1{result>@red} amy<amy1", Violated, bob);
    // Another reason remains.
    red("amy!1{result>@red,bob} amy<amy1 bob@red-", Violated, bob);
    red(
        "bob@blue+ amy!1{result>@red,@blue} amy<amy1 bob@red-",
        Violated,
        bob,
    );
}

#[test]
fn what_comes_for_each_membership_comes_as_often() {
    red(
        "bob@red+ amy!1{result>@red,per} amy<amy1 bob<amy1",
        Violated,
        "bob/desktop/1 got 1 of 2",
    );
    red(
        "bob@red+ amy!1{result>@red,per} amy<amy1 bob<amy1 bob<amy1",
        Holds,
        "",
    );
    red("bob@red+ amy!1{result>@red} amy<amy1 bob<amy1", Holds, "");
}

#[test]
fn who_joins_later_must_get_what_has_a_history() {
    let sent = "amy!1{result>@red,must} amy<amy1 bob<amy1";
    let cat = "cat/desktop/1 got 0 of 1 `result`";
    red(&format!("{sent} cat@red+"), Violated, cat);
    red(&format!("{sent} cat@red?"), Holds, "");
    red(&format!("{sent} cat@red+ cat<amy1"), Holds, "");
    red(&format!("{sent} cat@red? cat<amy1 cat@red+"), Holds, "");
    red(&format!("{sent} cat@red+ cat@red-"), Holds, "");
    red(
        &format!("{sent} bob@red- bob@red? bob@red+"),
        Violated,
        "bob/desktop/1 got 0 of 1",
    );
    red(
        &format!("{sent} bob@red- bob@red? bob<amy1 bob@red+"),
        Holds,
        "",
    );
    red(&format!("{sent} amy^1 cat@red+"), Holds, "");
    red(
        "amy!?1{result>@red,must} cat@red? cat<amy1 amy!.1 cat@red+ amy<amy1 bob<amy1",
        Holds,
        "",
    );
    // A tab that opens later, where it is for everyone.
    let all = "amy!1{result>*,must} amy<amy1 bob<amy1 cat<amy1";
    red(
        &format!("{all} cat/phone+"),
        Violated,
        "cat/phone/1 got 0 of 1",
    );
    red(&format!("{all} cat/phone+ cat/phone<amy1"), Holds, "");
    red(&format!("{all} cat/phone<amy1 cat/phone+"), Holds, "");
    red(
        &format!("{all} cat% cat+"),
        Violated,
        "cat/desktop/1 got 0 of 1",
    );
    red(
        "amy!1{result>*,may} amy<amy1 bob<amy1 cat<amy1 cat/phone+",
        Holds,
        "",
    );
}

#[test]
fn events_without_a_text_pay_for_any_action() {
    let popup = "amy<\"popup\"";
    red(
        "amy!1{result>amy;unmarked;x2}",
        Violated,
        "amy/desktop/1 got 0 of 2",
    );
    red(
        &format!("amy!1{{result>amy;unmarked;x2}} {popup} {popup}"),
        Holds,
        "",
    );
    let two = "amy!1{result>amy;unmarked;x2} amy!2{result>amy;unmarked}";
    red(&format!("{two} {popup} {popup}"), Violated, "got 0 of 1");
    red(&format!("{two} {popup} {popup} {popup}"), Holds, "");
    red(
        &format!("{two} {popup} {popup} {popup} ?. amy!3{{result>amy;unmarked}}"),
        Violated,
        "got 0 of 1",
    );
    red(
        "amy!1{result>amy;unmarked} amy^1",
        Undecided,
        "nothing was due",
    );
    // Before the confirmation, too.
    red(
        &format!("amy!?1{{result>amy;unmarked}} {popup} amy!.1"),
        Holds,
        "",
    );
    red(
        "amy!1{result>amy,unmarked} bob<\"popup\"",
        Violated,
        "amy/desktop/1 got 0 of 1",
    );
}

/// Who leaves is owed nothing more. But what another tab has had for long should have been there before.
#[test]
fn leaving_excuses_nothing_that_was_due_long_before() {
    let late = "bob/desktop/1 got 0 of 1 `result`";
    let why = "it left 6 s after another tab had got all of it";
    red("amy!1{result>@red} amy<amy1 ~6 bob@red-", Undecided, late);
    red("amy!1{result>@red} amy<amy1 ~6 bob@red~", Undecided, why);
    red("amy!1{result>@red} amy<amy1 ~6 bob%", Undecided, why);
    red("amy!1{result>@red} amy<amy1 ~6 bob-", Undecided, why);
    // The one who got it may have left before.
    red("amy!1{result>@red} amy<amy1 ~6 amy% bob%", Undecided, why);
    // It may still have been on its way, or nobody got it yet, or not all of it.
    red("amy!1{result>@red} amy<amy1 ~4 bob@red-", Holds, "");
    red("amy!1{result>@red} ~6 bob@red- amy<amy1", Holds, "");
    let half = "amy!1{result>@red;x2} amy<amy1 ~6 bob@red- amy<amy1";
    red(half, Holds, "");
    red(
        "amy!1{result>@red} bob<amy1 amy<amy1 ~6 bob@red-",
        Holds,
        "",
    );
}

/// A tab without a socket gets what its own action is answered, and nothing else.
#[test]
fn a_tab_without_a_socket_is_owed_only_its_own() {
    let two = "amy+0 amy/desktop/2+0 bob+";
    let check = |script: &str, verdict, says| check(&PROPERTY, script, verdict, says);
    let own = "amy!1{result>amy;acting>amy/desktop/1}";
    check(&format!("{two} {own} amy<amy1"), Holds, "");
    check(
        &format!("{two} {own}"),
        Violated,
        "amy/desktop/1 got 0 of 1",
    );
    check(&format!("{two} amy!1"), Undecided, "nothing was due");
    check("?+0 amy+ amy!1{result>**} amy<amy1", Holds, "");
    // From its socket on it is as any other.
    let later = "amy+0 bob+ bob!1{result>*} bob<bob1 amy+ bob!2{result>*} bob<bob2";
    check(&format!("{later} amy<bob2"), Holds, "");
    check(later, Violated, "amy/desktop/1 got 0 of 1 `result` of");
}
