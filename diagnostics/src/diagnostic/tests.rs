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

#[test]
fn styles_are_asked_for() {
    let diagnostic = wrong(Place::named("here"));
    assert!(diagnostic.styled().contains("\u{1b}["));
    assert!(!diagnostic.to_string().contains("\u{1b}["));
}
