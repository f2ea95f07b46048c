//! Cookies of sessions, and whether they were given to one person only.

use crate::subject::exchange::Who;

/// Letters of a value that can be nobody's by chance.
const LONG: usize = 8;
/// The part of two values that is alike where both carry the same contents, and differ in their time or signature.
const ALIKE: usize = 5;

/// Values that sessions were given, and to whom.
#[derive(Debug, Default)]
pub(crate) struct GivenOut(Vec<(Who, String)>);

impl GivenOut {
    /// Somebody was given this value.
    pub(crate) fn to(&mut self, who: Who, value: String) {
        let given = (who, value);
        if given.1.len() >= LONG && !self.0.contains(&given) {
            self.0.push(given);
        }
    }

    /// Two people who were given the same, one of them a user. Strangers may share a value that says nothing.
    pub(crate) fn shared(&self) -> Option<(Who, Who)> {
        self.0.iter().enumerate().find_map(|(at, (one, value))| {
            let mut others = self.0[at + 1..].iter();
            let other = others.find(|(other, same)| other != one && same == value);
            other.map(|(other, _)| (*one, *other))
        })
    }
}

/// Whether strangers, each of whom asked once, were given a value that is made anew and then kept for others: some are
/// alike, and some differ from their start on. A value that only says what its session contains is always alike, or its
/// start is.
pub(crate) fn is_kept_for_others(values: &[String]) -> bool {
    let pairs = values.iter().enumerate();
    let mut pairs = pairs.flat_map(|(at, one)| values[at + 1..].iter().map(move |two| (one, two)));
    let is_repeated = pairs
        .clone()
        .any(|(one, two)| one == two && one.len() >= LONG);
    is_repeated && pairs.any(|(one, two)| alike(one, two) < one.len().min(two.len()) / ALIKE)
}

/// How many letters both begin with.
fn alike(one: &str, two: &str) -> usize {
    one.bytes()
        .zip(two.bytes())
        .take_while(|(a, b)| a == b)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_belongs_to_one_person() {
        let check = |all: &[(Who, &str)], shared: Option<(Who, Who)>| {
            let mut given = GivenOut::default();
            for (who, value) in all {
                given.to(*who, (*value).to_owned());
            }
            assert_eq!(given.shared(), shared, "{all:?}");
        };
        let (one, two, stranger) = (Who::One, Who::Two, Who::Stranger);
        check(
            &[(one, "3f9a1c77"), (one, "3f9a1c77"), (two, "b01d22e9")],
            None,
        );
        check(
            &[(one, "3f9a1c77"), (stranger, "3f9a1c77")],
            Some((one, stranger)),
        );
        check(
            &[(stranger, "b01d22e9"), (one, "x"), (two, "b01d22e9")],
            Some((stranger, two)),
        );
        // Two values that say nothing.
        check(&[(one, "1"), (two, "1")], None);
        check(&[(one, ""), (stranger, "")], None);
    }

    #[test]
    fn a_stranger_is_given_a_value_of_their_own() {
        let check = |values: &[&str], is_kept: bool| {
            let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
            assert_eq!(is_kept_for_others(&values), is_kept, "{values:?}");
        };
        check(&["3f9a1c77", "b01d22e9", "3f9a1c77", "b01d22e9"], true);
        check(&["3f9a1c77", "3f9a1c77", "b01d22e9"], true);
        check(&["3f9a1c77", "b01d22e9", "77aa0c1d", "90bb11ff"], false);
        // Contents that are the same for everybody, alone, and with a time that changes each second.
        check(&["eyJuIjoxfQ.c2ln", "eyJuIjoxfQ.c2ln"], false);
        check(
            &[
                "eyJuIjoxfQ.Zx1a.c2ln",
                "eyJuIjoxfQ.Zx1a.c2ln",
                "eyJuIjoxfQ.Zx1b.bm8x",
            ],
            false,
        );
        check(&["", "", "3f9a1c77"], false);
        check(&[], false);
    }
}
