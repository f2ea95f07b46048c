//! The values that the server made for somebody, and the search for them.
//!
//! They are searched for exactly as they stand. The automaton searches for all but the newest at once, because making it
//! takes longer than a search; the newest are searched for one by one.

use aho_corasick::AhoCorasick;
use memchr::memmem;

use super::ids::PlaceIds;
use super::members::{Members, Sending};
use super::reach::Reach;
use super::sight::Sight;
use crate::hashing::{Map, Set};
use crate::observation::Secrecy;
use crate::place::Place;

/// The least letters of a value that is searched for: a shorter one also stands where it means something else.
const SHORTEST: usize = 8;

/// How many values are searched for at once.
const SEARCHED: usize = 1000;

/// How many values are known at all.
const KNOWN: usize = 10_000;

/// How many of them are searched for one by one.
const NEWEST: usize = 32;

/// The values that the server made.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    /// Each value, with its place in `searched` if it is searched for.
    known: Map<String, Option<usize>>,
    searched: Vec<Option<SecretValue>>,
    n_searched: usize,
    automaton: Option<AhoCorasick>,
    /// For each pattern of the automaton, its place in `searched`.
    patterns: Vec<usize>,
    newest: Vec<usize>,
    left_out: u64,
}

/// A value that is searched for.
#[derive(Debug)]
pub(crate) struct SecretValue {
    pub(crate) value: String,
    pub(crate) to: Reach,
    /// The line in which it was first seen.
    pub(crate) seen: u64,
    /// Where.
    pub(crate) place: Place,
}

impl Secrets {
    /// A value is seen or freed in this line.
    pub(super) fn see(&mut self, value: &str, to: Reach, is: Secrecy, seq: u64, place: &Place) {
        match (is, self.known.get(value)) {
            (Secrecy::Freed, known) => {
                if let Some(at) = known.copied().flatten() {
                    self.forget(at);
                }
                if self.known.len() < KNOWN || self.known.contains_key(value) {
                    self.known.insert(value.to_owned(), None);
                }
            }
            (Secrecy::Seen, Some(Some(at))) => {
                let at = *at;
                let is_same = self.searched[at].as_ref().is_some_and(|own| own.to == to);
                if !is_same {
                    self.forget(at);
                    self.known.insert(value.to_owned(), None);
                    self.left_out += 1;
                }
            }
            (Secrecy::Seen, Some(None)) => {}
            (Secrecy::Seen, None) => self.add(value, to, seq, place),
        }
    }

    fn add(&mut self, value: &str, to: Reach, seq: u64, place: &Place) {
        if self.known.len() >= KNOWN {
            self.left_out += 1;
            return;
        }
        let is_short = value.chars().count() < SHORTEST;
        if is_short || self.n_searched >= SEARCHED {
            self.left_out += 1;
            self.known.insert(value.to_owned(), None);
            return;
        }
        let at = self.searched.len();
        self.known.insert(value.to_owned(), Some(at));
        self.searched.push(Some(SecretValue {
            value: value.to_owned(),
            to,
            seen: seq,
            place: place.clone(),
        }));
        self.n_searched += 1;
        self.newest.push(at);
        if self.newest.len() > NEWEST {
            self.build();
        }
    }

    /// It is no longer searched for. The automaton still finds it until it is built again.
    fn forget(&mut self, at: usize) {
        self.n_searched -= usize::from(self.searched[at].take().is_some());
        self.newest.retain(|other| *other != at);
    }

    fn build(&mut self) {
        let live = self.searched.iter().enumerate();
        let live = live.filter_map(|(at, own)| Some((at, own.as_ref()?.value.as_str())));
        let (patterns, values): (Vec<usize>, Vec<&str>) = live.unzip();
        // It fails only for more patterns than its ids can count; then they are searched for one by one.
        if let Ok(automaton) = AhoCorasick::new(values) {
            self.automaton = Some(automaton);
            self.patterns = patterns;
            self.newest.clear();
        }
    }

    /// Whether any value is searched for.
    pub(crate) const fn is_any(&self) -> bool {
        self.n_searched > 0
    }

    /// The values in these bytes, by when they were seen, each only once.
    pub(crate) fn find_in(&self, bytes: &[u8]) -> Vec<usize> {
        if !self.is_any() {
            return Vec::new();
        }
        let mut found = Set::default();
        if let Some(automaton) = &self.automaton {
            let matches = automaton.find_overlapping_iter(bytes);
            found.extend(matches.filter_map(|found| self.patterns.get(found.pattern().as_usize())));
        }
        let newest = self.newest.iter().filter(|at| {
            let own = self.searched[**at].as_ref();
            own.is_some_and(|own| memmem::find(bytes, own.value.as_bytes()).is_some())
        });
        found.extend(newest);
        let mut found: Vec<usize> = found.into_iter().copied().collect();
        found.retain(|at| self.searched[*at].is_some());
        found.sort_unstable();
        found
    }

    /// A value by its number.
    pub(crate) fn get(&self, at: usize) -> Option<&SecretValue> {
        self.searched.get(at)?.as_ref()
    }

    /// The number of a value that is searched for.
    pub(crate) fn number(&self, value: &str) -> Option<usize> {
        self.known.get(value).copied().flatten()
    }

    /// How many values were not searched for, because they could be guessed, are not one audience's, or are too many.
    pub(crate) const fn left_out(&self) -> u64 {
        self.left_out
    }
}

impl SecretValue {
    /// Why this place may see it.
    pub(crate) fn may_see(&self, members: &Members, place: PlaceIds) -> Sight {
        let sending = Sending {
            sent: self.seen,
            confirmed: None,
        };
        self.to.may(members, place, false, sending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::Audience;
    use crate::judge::Places;

    fn see(secrets: &mut Secrets, value: &str, group: &str, is: Secrecy) {
        let to = Audience::of(crate::Scope::Group(group.to_owned()));
        let (mut places, mut members) = (Places::default(), Members::default());
        // The first group has number 0 in each, so that only "b" differs.
        members.group("a");
        let reach = Reach::of(&to, &mut places, &mut members);
        secrets.see(value, reach, is, 1, &Place::nobody("x"));
    }

    #[test]
    fn many_values_are_found_at_once_until_they_are_freed() {
        let mut secrets = Secrets::default();
        let value = |n: usize| format!("value-{n:06}");
        for n in 0..SEARCHED + 5 {
            see(&mut secrets, &value(n), "a", Secrecy::Seen);
        }
        assert_eq!(secrets.left_out(), 5);
        let find = |secrets: &Secrets, n| secrets.find_in(format!("<{}>", value(n)).as_bytes());
        assert_eq!(find(&secrets, 0), [0]);
        assert_eq!(find(&secrets, SEARCHED - 1), [SEARCHED - 1]);
        assert_eq!(find(&secrets, SEARCHED), [0; 0]);
        see(&mut secrets, &value(0), "a", Secrecy::Freed);
        assert_eq!(find(&secrets, 0), [0; 0]);
        see(&mut secrets, &value(0), "a", Secrecy::Seen);
        assert_eq!(find(&secrets, 0), [0; 0], "it stays free");
        let all: String = (0..SEARCHED).map(value).collect();
        assert_eq!(secrets.find_in(all.as_bytes()).len(), SEARCHED - 1);
    }

    #[test]
    fn a_value_that_is_short_or_of_two_audiences_is_not_searched_for() {
        let mut secrets = Secrets::default();
        see(&mut secrets, "7H", "a", Secrecy::Seen);
        see(&mut secrets, "7H", "b", Secrecy::Seen);
        assert_eq!(secrets.left_out(), 1);
        see(&mut secrets, "seven of hearts", "a", Secrecy::Seen);
        see(&mut secrets, "seven of hearts", "a", Secrecy::Seen);
        assert_eq!(secrets.find_in(b"the seven of hearts").len(), 1);
        see(&mut secrets, "seven of hearts", "b", Secrecy::Seen);
        assert!(secrets.find_in(b"the seven of hearts").is_empty());
        assert_eq!(secrets.left_out(), 2);
    }
}
