//! What a person is shown, and what first.

use super::parts::witnesses;
use crate::properties::undisturbed::PROPERTY;
use crate::test_histories::history;

#[test]
fn a_witness_is_the_observation_that_differs() {
    let one = "amy+ amy<\"x\"";
    let more = witnesses(one, "amy+ amy<\"x\" amy<\"y\"");
    // The third part begins at 9.
    assert!(
        more[0].starts_with("Some(13) amy/desktop/1: `result`"),
        "{more:?}"
    );
    let fewer = witnesses("amy+ amy<\"x\" amy<\"y\"", one);
    assert!(fewer[0].starts_with("Some("), "{fewer:?}");
    let none = witnesses(one, "amy+");
    assert!(
        none[0].starts_with("None amy/desktop/1: `result`"),
        "{none:?}"
    );
    let swapped = witnesses(
        "amy+ amy!1 amy<amy1:popup amy<amy1",
        "amy+ amy!1 amy<amy1 amy<amy1:popup",
    );
    let says = "`result` beside busy: it came before `popup`, and after it alone";
    assert!(swapped[0].contains(says), "{swapped:?}");
}

#[test]
fn the_smaller_difference_of_values_comes_first() {
    let alone = "amy+ amy<\"abcdef\" amy<\"abc\"";
    let beside = "amy+ amy<\"zzzzzz\" amy<\"abd\"";
    let texts = witnesses(alone, beside);
    assert!(texts[0].contains("is `abd`, and `abc` alone"), "{texts:?}");
    assert!(
        texts[1].contains("is `zzzzzz`, and `abcdef` alone"),
        "{texts:?}"
    );
}

#[test]
fn the_shorter_delay_comes_first() {
    // The first thing may take long and takes somewhat longer; the second should come at once.
    let alone = "amy+ ~3 amy=yes amy!1 amy<amy1";
    let beside = "amy+ ~4 amy=yes amy!1 ~3 amy<amy1";
    let late = witnesses(alone, beside);
    assert!(
        late[0].contains("`step: a step` beside busy: it came after 4001 ms"),
        "{late:?}"
    );
    assert!(
        late[1].contains("`result` beside busy: it came after 3002 ms"),
        "{late:?}"
    );
    let alone = "amy+ ~50 amy=yes amy!1 amy<amy1";
    let beside = "amy+ ~99 amy=yes amy!1 ~3 amy<amy1";
    let late = witnesses(alone, beside);
    assert!(
        late[0].contains("`result` beside busy: it came after 3002 ms"),
        "{late:?}"
    );
}

#[test]
fn the_smallest_difference_comes_first() {
    let alone = "amy+ amy!1 amy<\"abc\" amy<amy1:popup";
    let beside = "amy+ amy!1 ~9 amy<amy1:popup amy<\"abd\"";
    let property = &PROPERTY;
    let script = format!("|alone {alone} |alone {alone} |busy {beside}");
    let finding = property.judge(&history(&script));
    let says: Vec<&str> = finding
        .witnesses
        .iter()
        .map(|witness| witness.says.as_str())
        .collect();
    assert!(
        says[0].contains("$[1].text is `abd`, and `abc` alone"),
        "{says:?}"
    );
    assert!(says[1].contains("it came before"), "{says:?}");
    assert!(
        says.last().expect("some").contains("it came after"),
        "{says:?}"
    );
}
