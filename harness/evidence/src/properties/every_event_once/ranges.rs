//! The numbers that were seen, as ranges: numbers that arrive in order take the space of one.

/// A set of numbers. Each gap costs one more range.
#[derive(Debug, Default)]
pub(super) struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// Whether the number is new.
    pub(super) fn insert(&mut self, number: u64) -> bool {
        // Almost always it is the number right after the last range.
        let at = match self.0.last() {
            Some((_, end)) if *end < number => self.0.len(),
            _ => self.0.partition_point(|(_, end)| *end < number),
        };
        if self.0.get(at).is_some_and(|(start, _)| *start <= number) {
            return false;
        }
        let joins_before = at > 0 && self.0[at - 1].1 + 1 == number;
        let joins_after = self
            .0
            .get(at)
            .is_some_and(|(start, _)| number + 1 == *start);
        match (joins_before, joins_after) {
            (true, true) => {
                self.0[at - 1].1 = self.0[at].1;
                self.0.remove(at);
            }
            (true, false) => self.0[at - 1].1 = number,
            (false, true) => self.0[at].0 = number,
            (false, false) => self.0.insert(at, (number, number)),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_a_set(numbers in prop::collection::vec(0..40_u64, 0..120)) {
            let (mut ranges, mut set) = (Ranges::default(), BTreeSet::new());
            for number in numbers {
                prop_assert_eq!(ranges.insert(number), set.insert(number), "{}", number);
            }
        }
    }

    #[test]
    fn numbers_in_order_form_one_range_up_to_the_largest() {
        let mut ranges = Ranges::default();
        assert!((1..=1000).all(|number| ranges.insert(number)));
        assert_eq!(ranges.0, [(1, 1000)]);
        assert!(ranges.insert(u64::MAX) && ranges.insert(0) && !ranges.insert(u64::MAX));
        assert_eq!(ranges.0, [(0, 1000), (u64::MAX, u64::MAX)]);
    }
}
