//! Random comparisons: the same words in each part, of which a few differ.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::undisturbed;
use crate::finding::Finding;
use crate::history::History;
use crate::observation::{TOO_FAST, What};
use crate::properties::named;
use crate::test_histories::history;
use crate::verdict::Verdict;

/// An event with a number that grows, from another one on in each part.
const ID: &str = "id";
/// Nothing is seen, and a number is used up.
const SKIPPED: &str = "skipped";

/// A step that is not seen in time: on a quiet machine, on a busy one, and after a short wait.
const WAITS: [&str; 3] = ["~2 amy=late", "~~450 ~700ms amy=late", "~100ms amy=late"];

/// What may happen in a part.
const WORDS: &[&str] = &[
    "amy<amy1#1",
    "amy<\"x\"",
    "amy<\"x\"",
    "amy<\"y\":popup",
    "~2 amy<\"y\":hint",
    ID,
    ID,
    ID,
    SKIPPED,
    "amy<bob7",
    "amy=yes",
    "amy=yes",
    "amy=no",
    "amy=late",
    "amy<<",
    "amy?amy1=yes",
    "amy?amy1=no",
    "amy!2",
    "amy/phone+",
    "amy/phone=yes",
    "amy/phone<\"x\"",
    "bob<\"x\"",
    "bob=late",
    "~20ms",
    "~100ms",
    "~300ms",
    "~2",
    "~~30",
    "~~200",
    "~~600",
    "?.late",
    "?.",
    "amy%",
    "amy%1001",
];

/// A word that differs: where, which it is instead, and whether it is another one, comes twice or not at all.
type Change = (usize, usize, u8);
/// A part: which it is, whether it differs like the others beside a neighbour, and what else differs there.
type RandomPart = (usize, bool, Vec<Change>);
/// The words of all parts, what differs beside a neighbour, the parts, and what else may be.
type RandomParts = (Vec<usize>, Vec<Change>, Vec<RandomPart>, u8);

fn parts() -> impl Strategy<Value = RandomParts> {
    let word = || 0..WORDS.len();
    let change = (0..8_usize, word(), 0..6_u8);
    let changes = |most| prop::collection::vec(change.clone(), 0..most);
    let part = (0..7_usize, prop::bool::weighted(0.9), changes(2));
    let words = prop::collection::vec(word(), 1..8);
    let parts = prop::collection::vec(part, 3..10);
    (words, changes(3), parts, 0..6_u8)
}

fn made_of((words, beside, parts, flags): RandomParts) -> History {
    let mut script = String::new();
    for (which, is_like, changes) in parts {
        let name = ["alone", "alone", "alone", "busy", "busy", "busy", "calm"][which];
        let mut words: Vec<&str> = words.iter().map(|word| WORDS[*word]).collect();
        let is_beside = name != "alone";
        let common = beside.iter().filter(|_| is_beside && is_like);
        for (at, word, how) in common.chain(&changes) {
            let (at, word) = (at % words.len().max(1), *word);
            match how {
                0 if at < words.len() => drop(words.remove(at)),
                1 if at < words.len() => words[at] = WORDS[word],
                4 if at < words.len() && words[at] == "amy=yes" => {
                    words[at] = WAITS[word % WAITS.len()];
                }
                2 if at < words.len() => words.insert(at, words[at]),
                5 => words.insert(at, SKIPPED),
                _ => words.insert(at, WORDS[word]),
            }
        }
        let mut number = script.len();
        let words = words.into_iter().filter_map(|word| {
            number += usize::from([ID, SKIPPED].contains(&word));
            let is_seen = word != SKIPPED;
            is_seen.then(|| word.replace(ID, &format!("amy<\"{number}\"")))
        });
        let words: Vec<String> = words.collect();
        script += &format!("|{name} bob+ amy+ bob!7 amy!1 {} ", words.join(" "));
    }
    let mut history = history(&script);
    if flags == 2 {
        history.scene.ambient.insert("popup".to_owned());
    }
    if flags == 0 {
        history.scene.uncounted.insert("result".to_owned());
    }
    for observation in &mut history.observations {
        if let What::Expected {
            found,
            unseen: true,
            ..
        } = &mut observation.what
            && flags == 1
        {
            *found = format!("it was {TOO_FAST}");
        }
    }
    history
}

/// Where something differs, and in how many parts.
fn spots(finding: &Finding) -> Vec<String> {
    let where_and_how_often = |says: &str| {
        let (place, rest) = says.split_once(" beside ").expect("a neighbour");
        let (neighbour, _) = rest.split_once(": ").expect("a difference");
        let (_, runs) = says.rsplit_once("; in ").expect("runs");
        format!("{place} beside {neighbour} in {runs}")
    };
    let witnesses = finding.witnesses.iter();
    let mut all: Vec<String> = witnesses
        .map(|witness| where_and_how_often(&witness.says))
        .collect();
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn a_comparison_means_the_same_to_both(parts in parts()) {
        let history = made_of(parts);
        let property = named("undisturbed").expect("listed");
        let (streamed, specified) = (property.judge(&history), undisturbed(&history));
        let script = &history.scene.scenario;
        prop_assert_eq!(streamed.verdict, specified.verdict, "{}: {:?} {:?}", script, streamed, specified);
        prop_assert_eq!(spots(&streamed), spots(&specified), "{}", script);
    }
}

/// What never happens in a random comparison is not compared.
#[test]
fn each_verdict_of_a_comparison_is_compared() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    let mut says = String::new();
    // Some of them need several changes in one comparison, and are rare.
    for _ in 0..8000 {
        let parts = parts().new_tree(&mut runner).expect("a value").current();
        let finding = named("undisturbed").expect("listed").judge(&made_of(parts));
        seen.insert(finding.verdict);
        says += &finding.reason;
        says.extend(
            finding
                .witnesses
                .iter()
                .map(|witness| witness.says.as_str()),
        );
    }
    assert_eq!(
        seen.len(),
        [Verdict::Holds, Verdict::Undecided, Verdict::Violated].len()
    );
    for part in [
        "it came after",
        "it was not seen in",
        "there are 0",
        "from ",
        "it came before",
        "which never stood there alone",
        "it changed by",
        "which is too short to tell",
        "while the harness itself was late",
        "it was too fast for it",
        "a part was left out",
        "did not come in",
        "it came in no part alone, and came in",
        "it came in no part alone, and after",
    ] {
        assert!(says.contains(part), "{part}");
    }
}
