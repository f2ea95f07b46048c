//! The few bytes by which a marker is recognised in each encoding, and the one pass over a frame that looks for them.
//!
//! Each clue stands for the marker's prefix, or for a part of it that is the same in any letter case. A prefix of one
//! letter and two equal digits has few of them. The pass compares the low and the high half of three bytes at once
//! with those of all clues (the algorithm is called Teddy, the crate is aho-corasick). It is fast while few places of
//! an ordinary text pass that comparison. So the clues stand in eight columns: clues of one column are compared
//! together, and whoever adds one should measure (`make bench`).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::packed::{Config, MatchKind, Searcher};
use aho_corasick::{AhoCorasick, Anchored, Input, Span};

/// What a clue stands for. The search looks around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clue {
    /// The prefix begins here, letter by letter.
    Plain,
    /// Part of the prefix, with an escape in it or before it, or with zero bytes between its letters.
    Escaped,
    /// The same, if these digits end an escape: `\u0033`.
    Zeros,
    /// The end of the prefix in hexadecimal digits.
    Hex,
    /// Either of the two.
    EscapedOrHex,
    /// Part of the prefix in base64, which begins so many characters before the clue, after so many bits of them.
    Base64(usize, u32),
    /// Part of the prefix as UTF-16 in base64, where either of the two may be.
    WideBase64,
    /// Part of the prefix as numbers.
    Numbers,
    /// Base64 follows, behind the clue.
    Announced(usize),
    /// JSON in base64 begins here.
    AnnouncedJson,
    /// A marker of a history of version 1 begins here.
    Old,
}

use Clue::{
    Announced, AnnouncedJson, Base64, Escaped, EscapedOrHex, Hex, Numbers, Old, Plain, WideBase64,
    Zeros,
};

const COLUMNS: [&[(&str, Clue)]; 8] = [
    &[
        ("jMz", Base64(1, 0)),
        ("3\\u00003", Escaped),
        ("3\\x003", Escaped),
        ("ozM", Base64(1, 2)),
        ("oz\r", Base64(1, 2)),
        ("oz\n", Base64(1, 2)),
        ("eyJ", AnnouncedJson),
    ],
    &[
        ("3\u{0}\u{0}\u{0}3", Escaped),
        (";base64,", Announced(8)),
        ("$binary", Announced(7)),
    ],
    &[(";33", Escaped), ("033", Zeros)],
    &[
        ("z33", Plain),
        ("Z33", Plain),
        ("a33", EscapedOrHex),
        ("A33", EscapedOrHex),
        ("a:33", Hex),
        ("A:33", Hex),
        ("A-33", Hex),
        ("u{33", Escaped),
        ("x33", EscapedOrHex),
        ("%33", Escaped),
    ],
    &[
        ("3%003", Escaped),
        ("3\u{0}3", Escaped),
        ("a 33", Hex),
        ("A 33", Hex),
        ("ADMA", WideBase64),
    ],
    &[
        ("%2533", Escaped),
        ("%252533", Escaped),
        ("#51", Escaped),
        ("MzM", Base64(2, 4)),
        ("MzN", Base64(2, 4)),
        ("MwAz", Base64(3, 2)),
    ],
    &[
        ("oz\\", Base64(1, 2)),
        ("51,51", Numbers),
        ("51, 51", Numbers),
        ("51,\n", Numbers),
    ],
    &[
        ("a0033", Hex),
        ("A0033", Hex),
        ("amk", Old),
        ("Amk", Old),
        ("aMk", Old),
        ("amK", Old),
        ("AMk", Old),
        ("AmK", Old),
        ("aMK", Old),
        ("AMK", Old),
    ],
];

/// Finds the clues in a frame.
pub(super) struct Clues {
    clues: Vec<Clue>,
    pass: Pass,
}

enum Pass {
    Packed(Searcher),
    /// On machines without the vectors that the other needs.
    Plain(AhoCorasick),
}

/// All clues.
pub(super) static CLUES: LazyLock<Clues> = LazyLock::new(|| Clues::of(packed));

impl Clues {
    fn of(pass: fn(&[&str]) -> Pass) -> Self {
        let (texts, clues): (Vec<&str>, Vec<Clue>) = arranged().into_iter().unzip();
        Self {
            clues,
            pass: pass(&texts),
        }
    }

    /// The first clue at or behind `from`, and its place.
    pub(super) fn find(&self, bytes: &[u8], from: usize) -> Option<(usize, Clue)> {
        let span = Span {
            start: from,
            end: bytes.len(),
        };
        if from > bytes.len() {
            return None;
        }
        let (pattern, at) = match &self.pass {
            Pass::Packed(searcher) => {
                if from == 0 && is_short_without(searcher, bytes) {
                    return None;
                }
                let found = searcher.find_in(bytes, span)?;
                (found.pattern(), found.start())
            }
            Pass::Plain(automaton) => {
                let input = Input::new(bytes).span(span).anchored(Anchored::No);
                let found = automaton.find(input)?;
                (found.pattern(), found.start())
            }
        };
        Some((at, *self.clues.get(pattern.as_usize())?))
    }
}

/// Bytes that are compared at once.
const AT_ONCE: usize = 32;
/// Bytes of the longest frame that is copied.
const SHORT: usize = 6 * AT_ONCE;

/// Whether these are few bytes without a clue. At both ends of a text, the pass compares less than three bytes and so
/// takes many places for clues, which is most of the work in a short frame. With bytes around it that are in no clue, and
/// a length that leaves no rest, it does not.
fn is_short_without(searcher: &Searcher, bytes: &[u8]) -> bool {
    let mut padded = [0xff; SHORT + 2 * AT_ONCE];
    // The pass begins two bytes behind the start.
    let length = (bytes.len() + 2).next_multiple_of(AT_ONCE) + 2;
    let room = padded
        .get_mut(4..4 + bytes.len())
        .filter(|room| room.len() <= SHORT);
    let Some(room) = room else {
        return false;
    };
    room.copy_from_slice(bytes);
    let span = Span {
        start: 0,
        end: length,
    };
    searcher.find_in(&padded[..], span).is_none()
}

/// The clues in an order that puts each into its column: the place in this list decides, but a clue with the low halves
/// of an earlier one goes where that is.
fn arranged() -> Vec<(&'static str, Clue)> {
    let low = |text: &str| -> Vec<u8> { text.bytes().take(3).map(|byte| byte & 15).collect() };
    let mut known = BTreeSet::new();
    let mut at_home = Vec::new();
    let columns = COLUMNS.map(|column| {
        let (new, others): (Vec<_>, Vec<_>) = column
            .iter()
            .copied()
            .partition(|(text, _)| known.insert(low(text)));
        at_home.extend(others);
        new
    });
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    // A short column is filled up with its first clue.
    let arranged = (0..rows).flat_map(|row| {
        columns
            .iter()
            .filter_map(move |column| column.get(row).or(column.first()).copied())
    });
    arranged.chain(at_home).collect()
}

fn packed(texts: &[&str]) -> Pass {
    let mut config = Config::new();
    // More clues than it takes by itself: it cannot know how well they share its columns.
    config
        .match_kind(MatchKind::LeftmostFirst)
        .heuristic_pattern_limits(false)
        .only_teddy_fat(Some(false));
    let searcher = config.builder().extend(texts).build();
    searcher.map_or_else(|| plain(texts), Pass::Packed)
}

fn plain(texts: &[&str]) -> Pass {
    let mut builder = AhoCorasick::builder();
    builder.match_kind(aho_corasick::MatchKind::LeftmostFirst);
    match builder.build(texts) {
        Ok(automaton) => Pass::Plain(automaton),
        Err(error) => unreachable!("a constant list of short texts: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(clues: &Clues, bytes: &[u8]) -> Vec<(usize, Clue)> {
        let mut from = 0;
        std::iter::from_fn(|| {
            let found = clues.find(bytes, from)?;
            from = found.0 + 1;
            Some(found)
        })
        .collect()
    }

    #[test]
    fn no_clue_hides_another() {
        let texts: Vec<&str> = COLUMNS
            .iter()
            .flat_map(|column| column.iter())
            .map(|(text, _)| *text)
            .collect();
        for text in &texts {
            let begin: Vec<&&str> = texts
                .iter()
                .filter(|other| other.starts_with(text))
                .collect();
            assert_eq!(begin, [text]);
        }
    }

    proptest! {
        #[test]
        fn both_ways_to_search_find_the_same(text in "([zZaAx%;3M0j5o#1,uejJ \\\\]|z33|\\PC|\u{0}){0,200}") {
            let other = Clues::of(plain);
            prop_assert_eq!(all(&CLUES, text.as_bytes()), all(&other, text.as_bytes()));
        }
    }
}
