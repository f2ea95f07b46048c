//! What holds for every property in the list.

use super::{PROPERTIES, named};
use crate::test_histories::{check, history};
use crate::verdict::Verdict::{Holds, Undecided, Violated};

#[test]
fn every_property_can_hold_fail_and_be_undecided() {
    for property in PROPERTIES {
        check(property, property.cases.holds, Holds, "");
        check(property, property.cases.undecided, Undecided, "");
        check(property, property.cases.violated, Violated, "");
    }
}

#[test]
fn names_are_unique_and_found() {
    for property in PROPERTIES {
        assert!(
            std::ptr::eq(named(property.name).expect("listed"), property),
            "{}",
            property.name
        );
        assert!(!property.name.contains(':'));
    }
    assert!(named("no_such_claim").is_none());
}

#[test]
fn only_undisturbed_compares_parts() {
    let comparing = PROPERTIES
        .iter()
        .filter(|property| property.compares_parts());
    let names: Vec<&str> = comparing.map(|property| property.name).collect();
    assert_eq!(names, ["undisturbed"]);
}

#[test]
fn an_empty_history_proves_nothing() {
    for property in PROPERTIES {
        assert_eq!(
            property.judge(&history("")).verdict,
            Undecided,
            "{}",
            property.name
        );
    }
}
