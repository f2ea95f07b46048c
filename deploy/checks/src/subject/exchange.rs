//! Who was given what belongs to somebody else, by the order in which people asked for the same page.
//!
//! In: the words of answers, in rounds. Out: the first exchange in a round. What is somebody's own is learnt from pages
//! that nobody had asked for before: a word that is in each such answer to one person, and in none to another. So what
//! is new in each answer, such as a nonce, is nobody's, and neither is what everybody sees.

use std::collections::BTreeSet;

/// A person who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// The first user.
    One,
    /// The second user.
    Two,
    /// Somebody who has not logged in.
    Stranger,
}

/// All of them.
pub(crate) const EVERYBODY: [Who; 3] = [Who::One, Who::Two, Who::Stranger];

/// The fewest fresh answers to a person from which anything is learnt.
const FEWEST: usize = 2;

/// What somebody was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Got {
    pub(crate) who: Who,
    pub(crate) words: BTreeSet<String>,
}

impl Got {
    /// The words of an answer: its status, where it leads, and its body.
    pub(crate) fn new(who: Who, status: u16, location: &str, body: &str) -> Self {
        let is_between =
            |letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '-');
        let words = location.split(is_between).chain(body.split(is_between));
        let words = words.filter(|word| !word.is_empty()).map(str::to_owned);
        Self {
            who,
            words: words.chain([format!("status {status}")]).collect(),
        }
    }
}

/// Requests for the same page, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    pub(crate) got: Vec<Got>,
    /// Nobody had asked for it before, as far as a cache can tell: the first answer is made for who asked first.
    pub(crate) is_fresh: bool,
}

/// Somebody got what was made for somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exchange {
    pub(crate) giver: Who,
    pub(crate) taker: Who,
    /// What is the giver's own.
    pub(crate) words: BTreeSet<String>,
}

/// The words that each fresh answer to the giver has, and none to the taker.
pub(crate) fn own<'a>(rounds: &'a [Round], giver: Who, taker: Who) -> BTreeSet<&'a str> {
    let fresh = |who: Who| -> Vec<&'a Got> {
        let rounds = rounds.iter().filter(|round| round.is_fresh);
        let first = rounds.filter_map(|round| round.got.first());
        first.filter(|got| got.who == who).collect()
    };
    let (given, taken) = (fresh(giver), fresh(taker));
    if given.len() < FEWEST || taken.len() < FEWEST {
        return BTreeSet::new();
    }
    let words = given.first().into_iter().flat_map(|got| &got.words);
    let always = words.filter(|word| given.iter().all(|got| got.words.contains(*word)));
    let never = always.filter(|word| taken.iter().all(|got| !got.words.contains(*word)));
    never.map(String::as_str).collect()
}

/// Whether people were answered differently at all.
pub(crate) fn tells_people_apart(rounds: &[Round]) -> bool {
    let pairs = EVERYBODY.map(|giver| EVERYBODY.map(|taker| (giver, taker)));
    let mut pairs = pairs.as_flattened().iter();
    pairs.any(|(giver, taker)| !own(rounds, *giver, *taker).is_empty())
}

/// The first exchange in a round: a later answer to the taker has the giver's own words, as an earlier one to the giver.
pub(crate) fn exchange(rounds: &[Round], round: &Round) -> Option<Exchange> {
    for (at, later) in round.got.iter().enumerate() {
        let earlier = round.got[..at].iter().filter(|got| got.who != later.who);
        for got in earlier {
            let own = own(rounds, got.who, later.who).into_iter();
            let words = own.filter(|word| got.words.contains(*word) && later.words.contains(*word));
            let words: BTreeSet<String> = words.map(str::to_owned).collect();
            if !words.is_empty() {
                return Some(Exchange {
                    giver: got.who,
                    taker: later.who,
                    words,
                });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A round in this notation: `1:alice,x 2:bob,x -:login`, with `~` before one that is not fresh.
    fn round(text: &str) -> Round {
        let (is_fresh, text) = match text.strip_prefix('~') {
            Some(text) => (false, text),
            None => (true, text),
        };
        let got = text.split_whitespace().map(|got| {
            let (who, words) = got.split_once(':').expect("who");
            Got {
                who: match who {
                    "1" => Who::One,
                    "2" => Who::Two,
                    _ => Who::Stranger,
                },
                words: words.split(',').map(str::to_owned).collect(),
            }
        });
        Round {
            got: got.collect(),
            is_fresh,
        }
    }

    /// The rounds, and the exchange in the last of them.
    #[track_caller]
    fn check(text: &str, exchanged: &str) {
        let rounds: Vec<Round> = text.split('|').map(|text| round(text.trim())).collect();
        let last = rounds.last().expect("a round");
        let found = exchange(&rounds, last).map_or_else(String::new, |found| {
            let words: Vec<&str> = found.words.iter().map(String::as_str).collect();
            format!(
                "{:?} to {:?}: {}",
                found.giver,
                found.taker,
                words.join(",")
            )
        });
        assert_eq!(found, exchanged, "{text}");
    }

    const APART: &str = "1:alice,a|1:alice,b|2:bob,c|2:bob,d|-:login,e|-:login,f|";

    #[test]
    fn an_answer_for_somebody_else_is_an_exchange() {
        check(&format!("{APART}1:alice,g 2:alice,g"), "One to Two: alice");
        check(
            &format!("{APART}~1:alice,g 2:bob,h -:bob,h"),
            "Two to Stranger: bob",
        );
        check(
            &format!("{APART}-:login,g 1:login,g"),
            "Stranger to One: login",
        );
        // A cache that keeps the second answer, because it counts the uses.
        check(
            &format!("{APART}~1:alice,g 2:bob,g -:login,h 1:alice,i 2:alice,i"),
            "One to Two: alice",
        );
    }

    #[test]
    fn what_everybody_sees_is_nobodys() {
        check(&format!("{APART}1:alice,g 2:bob,h -:login,i 1:alice,j"), "");
        // The very same page, for everybody.
        check("1:news|1:news|2:news|2:news|1:news 2:news", "");
        // A page that is the same for a moment, with something new in each.
        check("1:news,a|1:news,b|2:news,c|2:news,d|1:news,e 2:news,e", "");
        // Both name both.
        check(
            "1:alice,bob|1:alice,bob|2:alice,bob|2:alice,bob|1:alice,bob 2:alice,bob",
            "",
        );
    }

    #[test]
    fn one_answer_teaches_nothing() {
        check("1:alice|2:bob|1:alice 2:alice", "");
        check("1:alice|2:bob|2:bob|1:alice 2:alice", "One to Two: alice");
        // The giver did not ask before.
        check(&format!("{APART}2:alice"), "");
    }

    #[test]
    fn people_are_told_apart_by_any_word() {
        let rounds = |text: &str| -> Vec<Round> { text.split('|').map(round).collect() };
        assert!(tells_people_apart(&rounds("1:a|1:a|-:b|-:b")));
        assert!(!tells_people_apart(&rounds("1:a|1:a|2:a|2:a|-:a|-:a")));
    }

    #[test]
    fn the_words_of_an_answer_are_its_status_its_target_and_its_body() {
        let got = Got::new(Who::One, 303, "/login?next=x", "<p class=\"a-b\">é1</p>");
        let words: Vec<&str> = got.words.iter().map(String::as_str).collect();
        assert_eq!(
            words,
            [
                "a-b",
                "class",
                "login",
                "next",
                "p",
                "status 303",
                "x",
                "é1"
            ]
        );
    }
}
