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

/// The least letters of a value that no two audiences get by chance, and how often a letter and a digit follow each
/// other in it.
const UNGUESSABLE: (usize, usize) = (16, 4);

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
    /// Why nobody can tell whose the value of this line is.
    mixed: Option<String>,
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
            (Secrecy::Seen, Some(Some(at))) => self.see_again(*at, &to, seq, place),
            (Secrecy::Seen, Some(None)) => {}
            (Secrecy::Seen, None) => self.add(value, to, seq, place),
        }
    }

    /// A value that is searched for is seen once more. What nobody can guess stays the first one's, so that the other
    /// place is found with it; anything else may just recur.
    fn see_again(&mut self, at: usize, to: &Reach, seq: u64, place: &Place) {
        let Some(own) = self.searched[at].as_ref().filter(|own| own.to != *to) else {
            return;
        };
        let are_two = are_two_users(&own.place, place);
        if are_two && is_unguessable(&own.value) {
            return;
        }
        if are_two {
            self.mixed = Some(mixed(&own.value, (&own.place, own.seen), (place, seq)));
        }
        self.known.insert(own.value.clone(), None);
        self.forget(at);
        self.left_out += 1;
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

    /// Why nobody can tell whose the value of this line is.
    pub(crate) fn mixed(&self) -> Option<&str> {
        self.mixed.as_deref()
    }

    /// The next line begins.
    pub(super) fn begin(&mut self) {
        self.mixed = None;
    }

    /// How many values were not searched for, because they could be guessed, are not one audience's, or are too many.
    pub(crate) const fn left_out(&self) -> u64 {
        self.left_out
    }
}

/// Whether a value is so long and mixed that two audiences do not get the same one by chance: a token, an id, a hash.
/// No time or name.
pub(crate) fn is_unguessable(value: &str) -> bool {
    let (shortest, least) = UNGUESSABLE;
    let is_of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=+".contains(&byte);
    let signs = value.as_bytes();
    let turns = signs.windows(2).filter(|two| {
        let (one, other) = (two[0], two[1]);
        one.is_ascii_digit() && other.is_ascii_alphabetic()
            || one.is_ascii_alphabetic() && other.is_ascii_digit()
    });
    signs.len() >= shortest && signs.iter().all(|byte| is_of_token(*byte)) && turns.count() >= least
}

/// Whether both places have users, and others.
pub(crate) fn are_two_users(one: &Place, other: &Place) -> bool {
    one.user.is_some() && other.user.is_some() && one.user != other.user
}

/// Why nobody can tell whose a value is.
pub(crate) fn mixed(value: &str, first: (&Place, u64), then: (&Place, u64)) -> String {
    let ((first, first_at), (then, then_at)) = (first, then);
    format!(
        "`{value}` was declared a value of {first} (#{first_at}) and came as a value of {then} too (#{then_at}): declare where it is `freed` if it may be given again, and take it out of `secrets` if others have the same one"
    )
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
    use crate::name::UserName;

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
    #[test]
    fn what_another_user_gets_too_stays_the_first_ones_if_nobody_can_guess_it() {
        let place = |user: &str| Place {
            user: Some(UserName::from(user)),
            ..Place::nobody("desktop")
        };
        let mut secrets = Secrets::default();
        let mut see_at = |value: &str, user: &str, group: &str, seq| {
            let to = Audience::of(crate::Scope::Group(group.to_owned()));
            let (mut places, mut members) = (Places::default(), Members::default());
            members.group("a");
            let reach = Reach::of(&to, &mut places, &mut members);
            secrets.begin();
            secrets.see(value, reach, Secrecy::Seen, seq, &place(user));
            let is_searched = secrets.number(value).is_some();
            (is_searched, secrets.mixed().is_some())
        };
        assert_eq!(see_at("3f9a0c71-5be2-4d18", "amy", "a", 1), (true, false));
        assert_eq!(see_at("3f9a0c71-5be2-4d18", "ben", "b", 2), (true, false));
        assert_eq!(see_at("seven of hearts", "amy", "a", 3), (true, false));
        assert_eq!(see_at("seven of hearts", "amy", "a", 4), (true, false));
        assert_eq!(see_at("seven of hearts", "ben", "b", 5), (false, true));
        assert_eq!(see_at("ace of spades", "amy", "a", 6), (true, false));
        assert_eq!(see_at("ace of spades", "amy", "b", 7), (false, false));
    }

    #[test]
    fn times_names_and_words_can_be_guessed() {
        let times = ["2026-11-27T10:00:00.000Z", "2026-11-27", "1764237600000000"];
        let words = [
            "seven of hearts",
            "first-quarter-2026",
            "a1b2c3d4",
            "https://a.example/7a8b9c0d1e2f",
        ];
        for value in times.iter().chain(&words) {
            assert!(!is_unguessable(value), "{value}");
        }
        let tokens = [
            "550e8400-e29b-41d4-a716-446655440000",
            "9f86d081884c7d659a2feaa0c55ad015",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
        ];
        assert!(tokens.iter().all(|value| is_unguessable(value)));
    }
}
