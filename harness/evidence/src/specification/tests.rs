//! A property and its specification find the same in any history.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::random::{happening, made_of};
use super::{SPECIFICATION, random_declared};
use crate::observation::{Observation, What};
use crate::place::Place;
use crate::properties::{PROPERTIES, named};
use crate::property::{Extent, Property};
use crate::verdict::Verdict;

fn of_a_part() -> impl Iterator<Item = &'static Property> {
    PROPERTIES
        .iter()
        .filter(|property| property.extent == Extent::OnePart)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn one_by_one_they_say_what_the_whole_history_says(happenings in prop::collection::vec(happening(), 0..60)) {
        let history = made_of(happenings);
        for (name, specified) in SPECIFICATION {
            let property = named(name).expect("listed");
            let (streamed, specified) = (property.judge(&history), specified(&history));
            prop_assert_eq!(streamed, specified, "{}", name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn what_is_declared_means_the_same_to_both(happenings in prop::collection::vec(random_declared::happening(), 0..70)) {
        let history = random_declared::made_of(happenings);
        for (name, specified) in SPECIFICATION {
            let property = named(name).expect("listed");
            let (streamed, specified) = (property.judge(&history), specified(&history));
            prop_assert_eq!(streamed, specified, "{}", name);
        }
    }
}

/// What never happens in a random history is not compared.
#[test]
fn each_verdict_on_what_is_declared_is_compared() {
    let mut runner = TestRunner::deterministic();
    let happenings = prop::collection::vec(random_declared::happening(), 0..70);
    let mut seen = BTreeSet::new();
    for _ in 0..2000 {
        let happenings = happenings.new_tree(&mut runner).expect("a value").current();
        let history = random_declared::made_of(happenings);
        seen.extend(of_a_part().map(|property| (property.name, property.judge(&history).verdict)));
    }
    for name in [
        "no_foreign_events",
        "every_event_delivered",
        "every_event_once",
        "events_in_order",
        "admitted_by_membership",
        "quiet_after_leaving",
        "sockets_stay",
    ] {
        for verdict in [Verdict::Holds, Verdict::Undecided, Verdict::Violated] {
            assert!(seen.contains(&(name, verdict)), "{name}: {verdict}");
        }
    }
}

#[test]
fn every_property_of_a_part_is_specified() {
    let specified: Vec<&str> = SPECIFICATION.iter().map(|(name, _)| *name).collect();
    let listed: Vec<&str> = of_a_part().map(|property| property.name).collect();
    assert_eq!(listed, specified);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn a_part_is_judged_as_a_history_of_its_own(
        first in prop::collection::vec(happening(), 0..30),
        second in prop::collection::vec(happening(), 0..30),
    ) {
        let (first, second) = (made_of(first), made_of(second));
        let mut joined = first.clone();
        let place = Place::nobody("the run");
        let began = Observation { seq: 0, at_us: 0, place, what: What::PartBegan { beside: None } };
        joined.observations.push(began);
        joined.observations.extend(second.observations.iter().cloned());
        for property in of_a_part() {
            let apart = property.judge(&first).and(property.judge(&second));
            prop_assert_eq!(property.judge(&joined), apart, "{}", property.name);
        }
    }
}
