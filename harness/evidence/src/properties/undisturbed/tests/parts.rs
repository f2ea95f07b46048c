//! Scripts of several parts: alone, and beside somebody.

use crate::properties::undisturbed::PROPERTY;
use crate::test_histories::{check, history};
use crate::verdict::Verdict;

/// What amy sees alone, twice, and then beside somebody, twice.
#[track_caller]
pub(super) fn compare(alone: [&str; 2], beside: [&str; 2], verdict: Verdict, says: &str) {
    let [first, second] = alone;
    let [third, fourth] = beside;
    let script = format!("|alone {first} |alone {second} |busy {third} |busy {fourth}");
    let property = &PROPERTY;
    check(property, &script, verdict, says);
}

/// The witnesses if there is one part beside a neighbour.
pub(super) fn witnesses(alone: &str, beside: &str) -> Vec<String> {
    let script = format!("|alone {alone} |alone {alone} |busy {beside}");
    let property = &PROPERTY;
    let finding = property.judge(&history(&script));
    let witnesses = finding.witnesses.into_iter();
    witnesses
        .map(|witness| format!("{:?} {}", witness.seq, witness.says))
        .collect()
}

/// What amy sees when so many events come.
pub(super) fn events(count: usize) -> String {
    format!("amy+ {}", "amy<\"x\" ".repeat(count))
}
