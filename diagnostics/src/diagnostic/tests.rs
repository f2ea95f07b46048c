use proptest::prelude::*;

use super::Diagnostic;
use crate::place::Place;

const TEXT: &str = "scenario: two users\nsteps:\n  - await: {at: bob/phone, event: result}\n";

#[track_caller]
fn prints(diagnostic: &Diagnostic, expected: &str) {
    let printed = diagnostic.to_string();
    assert_eq!(printed, expected.trim_matches('\n'), "\n{printed}");
}

fn wrong(place: Place) -> Diagnostic {
    Diagnostic::new("it is wrong", place, "write it right")
}

#[test]
fn it_shows_the_line_and_a_caret_under_the_word() {
    let place = Place::word("two-users.yaml", TEXT, 3, 17);
    prints(
        &wrong(place).label("bob has `desktop`"),
        "
error: it is wrong
 --> two-users.yaml:3:17
  |
3 |   - await: {at: bob/phone, event: result}
  |                 ^^^^^^^^^ bob has `desktop`
  |
  = fix: write it right",
    );
}

#[test]
fn a_place_without_a_text_is_a_name_or_a_number() {
    let named = "error: it is wrong\n --> the environment\n  = fix: write it right";
    prints(&wrong(Place::named("the environment")), named);
    let bare = "error: it is wrong\n --> users:7:3\n  = fix: write it right";
    prints(&wrong(Place::bare("users", 7, 3)), bare);
    prints(&wrong(Place::word("users", "{}\n{}\n", 7, 3)), bare);
    let secret = Place::word("users", &"{\"hash\": \"s3cret\"}\n".repeat(7), 7, 3);
    prints(&wrong(secret.masked()), bare);
}

#[test]
fn a_word_ends_where_its_language_says() {
    for (line, column, marked) in [
        ("users: [alice, bob]", 9, "alice"),
        ("users: [alice, bob]", 16, "bob"),
        ("  key: value # a comment", 3, "key"),
        ("  key: value # a comment", 8, "value"),
        ("  key: 'a value, whole'", 8, "'a value, whole'"),
        ("  key: \"never ended", 8, "\"never ended"),
        ("schlüssel: größe", 12, "größe"),
        ("{\"seq\":9}", 8, "9"),
        ("key: {", 6, "{"),
    ] {
        let place = Place::word("a file", line, 1, column);
        let source = place.spot().and_then(|spot| spot.source.clone());
        let source = source.expect("the line is there");
        assert_eq!(&source.text[source.span], marked, "{line}");
        assert_eq!(place.to_string(), format!("a file:1:{column}"));
    }
}

#[test]
fn nothing_that_a_file_may_hold_breaks_it() {
    let texts = [
        String::new(),
        "\n\n\n".to_owned(),
        "\r\nkey: value\r\n".to_owned(),
        "\u{0}\u{1b}[31m\u{202e}\t\u{fe0f}".to_owned(),
        "ä".repeat(5000),
        format!("{}\nx: y\n", "long ".repeat(1000)),
    ];
    for text in &texts {
        for line in [0, 1, 2, 3, 9, usize::MAX] {
            for column in [0, 1, 2, 4000, 4999, usize::MAX] {
                let printed = wrong(Place::word("a file", text, line, column)).to_string();
                assert!(printed.len() < 5000 * 4, "{} bytes", printed.len());
                assert!(!printed.contains('\u{1b}'), "{printed:?}");
            }
        }
        for start in [0, 1, 7, 4999, usize::MAX] {
            for end in [0, 1, 8, usize::MAX] {
                let _ = wrong(Place::span("a file", text, start..end)).to_string();
            }
        }
    }
}

#[test]
fn of_a_long_line_the_part_around_the_place_is_shown() {
    let line = format!("{}here{}", "a ".repeat(500), " b".repeat(500));
    let printed = wrong(Place::word("a file", &line, 1, 1001)).to_string();
    assert!(printed.contains("a file:1:1001"), "{printed}");
    assert!(
        printed.contains("here") && printed.contains("^^^^"),
        "{printed}"
    );
    assert!(
        printed.lines().all(|line| line.chars().count() <= 160),
        "{printed}"
    );
}

/// What a person sees of one line of a text, and the place.
#[track_caller]
fn shows(line: &str, column: usize, seen: &[&str]) {
    let printed = wrong(Place::word(
        "a file",
        &format!("first\n{line}\nlast\n"),
        2,
        column,
    ));
    let printed = printed.to_string();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines[1], format!(" --> a file:2:{column}"), "{printed}");
    assert_eq!(&lines[3..5], seen, "{printed}");
}

#[test]
fn the_caret_stands_under_the_word_whatever_stands_before_it() {
    shows("a\tword", 3, &["2 | a    word", "  |      ^^^^"]);
    shows("漢字: word", 5, &["2 | 漢字: word", "  |       ^^^^"]);
    shows("ab: word\r", 5, &["2 | ab: word", "  |     ^^^^"]);
    shows(
        "\u{1b}[3m: word",
        7,
        &["2 | \u{fffd}[3m: word", "  |       ^^^^"],
    );
    shows(
        "\u{9b}\u{202e}: word",
        5,
        &["2 | \u{fffd}\u{fffd}: word", "  |     ^^^^"],
    );
    shows("", 1, &["2 |", "  | ^"]);
}

#[test]
fn of_a_line_of_a_megabyte_the_part_around_the_place_is_shown() {
    let filler = "é".repeat(1 << 19);
    let line = format!("{filler} here {filler}");
    let printed = wrong(Place::word("a file", &line, 1, (1 << 19) + 2)).to_string();
    assert!(printed.contains("a file:1:524290"), "{printed}");
    assert!(
        printed.contains(" here ") && printed.contains(" ^^^^"),
        "{printed}"
    );
    assert!(printed.len() < 2000, "{printed}");
}

#[test]
fn words_of_others_move_no_cursor() {
    let bad = "\u{1b}[2J\u{9b}\u{7}\u{202e}\u{e000}\r";
    let place = Place::bare(format!("a{bad}"), 1, 1);
    let named = Diagnostic::new(bad, place, bad).label(bad);
    let shown = Diagnostic::new(bad, Place::word(bad, bad, 1, 1), bad).label(bad);
    for printed in [named.to_string(), shown.to_string()] {
        let obeyed =
            |letter: &char| (letter.is_control() && *letter != '\n') || *letter == '\u{202e}';
        assert_eq!(printed.chars().find(obeyed), None, "{printed:?}");
    }
    let long = Diagnostic::new("x".repeat(1 << 20), Place::named("a file"), "fix it").to_string();
    assert!(long.len() < 3000, "{}", long.len());
}

#[test]
fn words_of_several_lines_stay_below_each_other() {
    let place = Place::named("the start");
    prints(
        &Diagnostic::new("it said:\none\ntwo", place, "read it"),
        "
error: it said:
       one
       two
 --> the start
  = fix: read it",
    );
}

proptest! {
    /// Any text, any place: it is printed, and its place is where it was asked for.
    #[test]
    fn any_text_can_be_shown(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        start in 0_usize..320,
        length in 0_usize..320,
        line in 0_usize..8,
        column in 0_usize..320,
    ) {
        let text = String::from_utf8_lossy(&bytes);
        for place in [
            Place::span("a file", &text, start..start + length),
            Place::word("a file", &text, line, column),
        ] {
            let at = place.to_string();
            let diagnostic = wrong(place).label("here");
            let printed = diagnostic.to_string();
            prop_assert!(printed.contains(&format!("--> {at}\n")), "{printed}");
            prop_assert!(printed.ends_with("= fix: write it right"), "{printed}");
            let control = |letter: char| letter.is_control() && letter != '\n';
            prop_assert!(!printed.contains(control), "{printed:?}");
            let _ = diagnostic.styled();
        }
    }

    #[test]
    fn any_letters_can_be_shown(text in "(\\PC|[\\t\\r\\n\u{0}-\u{1f}\u{80}-\u{9f}\u{300}\u{200d}]){0,200}", start in 0_usize..400, length in 0_usize..400) {
        let printed = wrong(Place::span("a file", &text, start..start + length)).to_string();
        prop_assert!(printed.lines().count() >= 5, "{printed}");
    }
}

#[test]
fn styles_are_asked_for() {
    let diagnostic = wrong(Place::named("here"));
    assert!(diagnostic.styled().contains("\u{1b}["));
    assert!(!diagnostic.to_string().contains("\u{1b}["));
}
