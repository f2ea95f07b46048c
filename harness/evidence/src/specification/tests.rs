//! A property and its specification find the same in any history.

use proptest::prelude::*;

use super::SPECIFICATION;
use super::random::{happening, made_of};
use crate::observation::{Observation, What};
use crate::place::Place;
use crate::properties::{PROPERTIES, named};
use crate::property::{Property, Scope};

fn of_a_part() -> impl Iterator<Item = &'static Property> {
    PROPERTIES
        .iter()
        .filter(|property| property.scope == Scope::OnePart)
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
