//! What a page says that a command prints, held against what it printed.
//!
//! What differs in each run is made the same on both sides: numbers before a unit, seeds, markers, ids, ports, and the
//! blanks that align columns.

use std::sync::LazyLock;

use regex::Regex;
use similar::{ChangeTag, TextDiff};

/// What varies, and what stands in its place.
static VARIES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let number = r"\d+(?:\.\d+)?";
    let units = "(?:ms|s|MB|deliver(?:y|ies)|chances?|schedules?|runs?|requests?|pairs?|events?|samples?|more)";
    [
        (r"\bz33[a-z2-7]{24}\b".to_owned(), "z33…"),
        (r"\b[0-9a-f]{32}\b".to_owned(), "ID"),
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z".to_owned(), "TIME"),
        (r"(seed[- ])\d+(-\d+)?".to_owned(), "${1}0"),
        (r"127\.0\.0\.1:\d+".to_owned(), "127.0.0.1:0"),
        (r"#\d+:".to_owned(), "#0:"),
        (r"\d+ steps, found".to_owned(), "0 steps, found"),
        (
            r#""(seq|queued_at|at_us|progress)":-?\d+"#.to_owned(),
            "\"$1\":0",
        ),
        // What is asked for, as in `p95<200ms`, is the same each time.
        (format!(r"(^|\s){number}\s?{units}\b"), "${1}0 UNIT"),
        (format!(r"\b{number}(%| a second)"), "0$1"),
        // Columns are as wide as what stands in them.
        (r"(\S)\s{2,}".to_owned(), "$1 "),
    ]
    .map(|(varies, same)| (Regex::new(&varies).expect("a pattern"), same))
    .into()
});

/// Said on a machine that has other things to do, and of no page.
const LATE: &str = "  the harness itself was late by up to ";

fn normal(text: &str) -> Vec<String> {
    let same = |line: &str| {
        let line = VARIES.iter().fold(line.to_owned(), |line, (varies, same)| {
            varies.replace_all(&line, *same).into_owned()
        });
        line.trim_end().to_owned()
    };
    let mut lines: Vec<String> = { text.lines() }
        .filter(|line| !line.starts_with(LATE))
        .map(same)
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// Whether `text` is as `pattern` says, where some entries of the pattern stand for anything.
fn fits<P, T>(
    pattern: &[P],
    text: &[T],
    anything: impl Fn(&P) -> bool,
    same: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut at, mut n, mut back) = (0, 0, None);
    while n < text.len() {
        match pattern.get(at) {
            Some(entry) if anything(entry) => {
                back = Some((at + 1, n));
                at += 1;
            }
            Some(entry) if same(entry, &text[n]) => {
                at += 1;
                n += 1;
            }
            _ => {
                let Some((again, taken)) = back else {
                    return false;
                };
                back = Some((again, taken + 1));
                (at, n) = (again, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(anything)
}

fn line_fits(pattern: &str, line: &str) -> bool {
    let [pattern, line] = [pattern, line].map(|text| text.chars().collect::<Vec<_>>());
    fits(&pattern, &line, |c| *c == '…', |left, right| left == right)
}

/// How what was printed differs from what the page says; `None` when it does not.
pub(super) fn difference(says: &str, printed: &str) -> Option<String> {
    let (says, printed) = (normal(says), normal(printed));
    let any_lines = |line: &String| line == "...";
    let same = |pattern: &String, line: &String| line_fits(pattern, line);
    if fits(&says, &printed, any_lines, same) {
        return None;
    }
    let (says, printed) = (says.join("\n"), printed.join("\n"));
    let diff = TextDiff::from_lines(&says, &printed);
    let lines = diff.iter_all_changes().map(|change| {
        let sign = match change.tag() {
            ChangeTag::Delete => "page  ",
            ChangeTag::Insert => "run   ",
            ChangeTag::Equal => "      ",
        };
        format!("{sign}{}", change.value().trim_end_matches('\n'))
    });
    Some(lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn what_varies_is_the_same_and_all_else_is_not() {
    let same = |says: &str, printed: &str| difference(says, printed).is_none();
    assert!(same(
        "holds  5 deliveries  1.2 s",
        "holds   61 deliveries 10.0 s"
    ));
    assert!(same("a\n...\nz", "a\nb\nc\nz"));
    assert!(same("a\n...", "a"));
    assert!(same(
        "got z33…, owned",
        "got z33tgqhalwhpx5adlba6wx7lwov, owned"
    ));
    assert!(same("--seed 7", "--seed 1500752541818097"));
    assert!(!same("ok, 8 steps", "ok, 9 steps"));
    assert!(!same("p95<200ms  5.0 ms", "p95<300ms  5.0 ms"));
    assert!(!same("a\n...\nz", "a\nb"));
    assert!(!same("a", "a\nb"));
    assert!(!same("...\nexit 1", "exit 3"));
    let shown = difference("a\nb", "a\nc").expect("it differs");
    assert_eq!(shown, "      a\npage  b\nrun   c");
}
