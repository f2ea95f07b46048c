//! What every entry of the table must be.

use std::collections::BTreeSet;

use super::{all, families, named};
use crate::angle::Angle;
use crate::checked_by::CheckedBy;
use crate::rule::Rule;
use crate::source::Source;

/// How many sentences `text` has, and `None` where it does not end one. No entry abbreviates a word with a full stop.
fn sentences(text: &str) -> Option<usize> {
    text.ends_with('.').then(|| text.split(". ").count())
}

#[track_caller]
fn has_form(rule: &Rule) {
    let id = rule.id;
    for text in [rule.title, rule.fault, rule.why, rule.right] {
        assert!(!text.trim().is_empty(), "{id} has an empty text");
        assert_eq!(text, text.trim(), "{id} has spaces around a text");
        assert!(!text.contains("  "), "{id} has two spaces: {text}");
        assert!(!text.contains('\n'), "{id} has a line break: {text}");
        let first = text.chars().next().expect("not empty");
        assert!(
            !first.is_lowercase() || text.starts_with("nginx"),
            "{id}: {text}"
        );
        assert_eq!(
            text.matches('`').count() % 2,
            0,
            "{id} has an open backtick: {text}"
        );
    }
    let words = rule.title.split_whitespace().count();
    assert!(
        (3..=8).contains(&words),
        "{id}: the title has {words} words"
    );
    assert!(!rule.title.ends_with('.'), "{id}: the title is no sentence");
    assert!(
        matches!(sentences(rule.fault), Some(1 | 2)),
        "{id}: {}",
        rule.fault
    );
    assert_eq!(sentences(rule.why), Some(1), "{id}: {}", rule.why);
    assert!(
        matches!(sentences(rule.right), Some(1 | 2)),
        "{id}: {}",
        rule.right
    );
    assert!(!rule.seen_from.is_empty(), "{id} can be seen from nowhere");
    let angles: BTreeSet<_> = rule.seen_from.iter().collect();
    assert_eq!(
        angles.len(),
        rule.seen_from.len(),
        "{id} names an angle twice"
    );
    assert_ne!(rule.cwe, Some(0), "{id}");
}

#[test]
fn every_entry_is_complete() {
    for rule in all() {
        has_form(rule);
    }
}

#[test]
fn ids_are_the_prefix_and_count_up() {
    let mut prefixes = BTreeSet::new();
    for family in families() {
        assert!(
            prefixes.insert(family.prefix),
            "two families are {}",
            family.prefix
        );
        assert!(!family.title.is_empty() && family.about.ends_with('.'));
        assert!(!family.rules.is_empty());
        for (rule, number) in family.rules.iter().zip(1..) {
            assert_eq!(rule.id, format!("{}{number:02}", family.prefix));
        }
    }
}

#[test]
fn no_two_rules_share_a_title_or_a_fault() {
    let titles: BTreeSet<_> = all().map(|rule| rule.title).collect();
    let faults: BTreeSet<_> = all().map(|rule| rule.fault).collect();
    assert_eq!(titles.len(), all().count());
    assert_eq!(faults.len(), all().count());
}

#[test]
fn sources_are_well_formed() {
    for rule in all() {
        for source in rule.sources {
            let good = match source {
                Source::Issue(repository, number) => {
                    repository
                        .split('/')
                        .filter(|part| !part.is_empty())
                        .count()
                        == 2
                        && *number > 0
                }
                Source::Cve(id) => {
                    let parts: Vec<&str> = id.split('-').collect();
                    matches!(parts[..], ["CVE", year, number]
                        if year.len() == 4 && number.len() >= 4 && (year.to_owned() + number).parse::<u64>().is_ok())
                }
            };
            assert!(good, "{}: {source}", rule.id);
        }
    }
}

#[test]
fn a_rule_is_found_by_its_id_in_any_case() {
    for id in ["ISO04", "iso04", " Iso04 "] {
        assert_eq!(named(id).map(|rule| rule.id), Some("ISO04"), "{id}");
    }
    for id in ["", "ISO", "ISO4", "ISO99", "ISO004", "ISO04x"] {
        assert_eq!(named(id), None, "{id}");
    }
}

/// What looks at a rule already shows that it can be seen from there.
#[test]
fn a_rule_that_is_checked_has_the_checks_angle() {
    let deployment = [
        Angle::Files,
        Angle::Outside,
        Angle::Machine,
        Angle::Container,
    ];
    for rule in all() {
        for name in CheckedBy::committed().of(rule.id) {
            let seen = match name.starts_with("check:") {
                true => rule
                    .seen_from
                    .iter()
                    .any(|angle| deployment.contains(angle)),
                false => rule.seen_from.contains(&Angle::Scenarios),
            };
            assert!(
                seen,
                "{} is checked by {name}: add the angle to `seen_from`",
                rule.id
            );
        }
    }
}
