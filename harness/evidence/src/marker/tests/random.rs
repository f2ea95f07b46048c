//! What is no marker is not taken for one, and is passed over in a time that grows with its length.

use proptest::prelude::*;

use super::marker;
use crate::marker::search::Search;
use crate::marker::{Marker, Previews};

/// Bytes of each sort.
const SIZE: usize = 16 << 20;

/// Numbers from a seed (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[(self.next() >> 33) as usize % of.len()]
    }

    fn of(&mut self, alphabet: &[u8], size: usize) -> Vec<u8> {
        (0..size).map(|_| *self.one(alphabet)).collect()
    }

    fn words(&mut self, words: &[&str], size: usize) -> Vec<u8> {
        let mut text = String::new();
        while text.len() < size {
            text.push_str(self.one::<&str>(words));
            text.push(' ');
        }
        text.into_bytes()
    }

    fn json(&mut self, size: usize) -> Vec<u8> {
        let mut text = String::new();
        while text.len() < size {
            let (id, at, mail) = (self.next(), self.next() % 100_000, self.next() % 33_000);
            let token = String::from_utf8(self.of(
                b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_",
                43,
            ))
            .expect("ASCII");
            text += &format!(
                "42[\"popup\",{{\"id\":\"{id:016x}\",\"at\":{at},\"mail\":\"u{mail}%40example.org\",\"t\":\"caf\\u00e9 &#39;{at}&#39;\",\"token\":\"{token}\",\"b\":[{},{},51]}}]\n",
                id % 256,
                at % 256
            );
        }
        text.into_bytes()
    }
}

const WORDS: &[&str] = &[
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "lazy",
    "dog",
    "buzz33",
    "pizza",
    "Zurich",
    "jazz",
    "33",
    "a33",
    "size:33",
    "\"ozMosis\"",
    "z33",
    "51,51",
    "amkette",
    "Amkor",
    "&#8217;",
    "100%",
    "eyJ",
    "3 a33 33",
];

fn frames(random: &mut Random, size: usize) -> Vec<(&'static str, Vec<u8>)> {
    let bytes: Vec<u8> = (0..=255).collect();
    vec![
        ("bytes", random.of(&bytes, size)),
        (
            "base32",
            random.of(b"abcdefghijklmnopqrstuvwxyz234567", size),
        ),
        (
            "base64",
            random.of(
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                size,
            ),
        ),
        ("hex", random.of(b"0123456789abcdef", size)),
        ("digits", random.of(b"0123456789, ", size)),
        ("words", random.words(WORDS, size)),
        ("json", random.json(size)),
    ]
}

/// As many as a long run sends.
fn sent() -> Previews {
    let mut previews = Previews::default();
    (0..256).for_each(|number| previews.send(&marker(number)));
    previews
}

#[test]
fn there_is_no_marker_in_sixteen_mebibytes_of_random_frames() {
    let previews = sent();
    for (sort, frame) in frames(&mut Random(17), SIZE) {
        assert_eq!(previews.find(&frame).count(), 0, "{sort}");
    }
}

/// A beginning that nobody knows costs no verdict, but a line in a history where the rest of a text is not kept.
#[test]
fn beginnings_that_nobody_knows_are_rare() {
    for (sort, frame) in frames(&mut Random(17), SIZE) {
        let begins = Search::of(&frame).count();
        assert!(begins <= SIZE >> 14, "{sort}: {begins}");
    }
}

proptest! {
    #[test]
    fn there_is_no_marker_in_random_frames(seed in 1..u64::MAX) {
        let previews = sent();
        for (sort, frame) in frames(&mut Random(seed), 1 << 14) {
            prop_assert_eq!(previews.find(&frame).count(), 0, "{}", sort);
        }
    }
}

/// Frames that are all clue. A search that looked at the rest of the frame for each of them would take hours.
#[test]
fn a_frame_of_nothing_but_clues_takes_linear_time() {
    let clues = [
        "z33",
        "Z33",
        ";33",
        "a33",
        "x33",
        "%33",
        "%2533",
        "%252533",
        "ejMz",
        "MzM",
        "MzN6",
        "ozM",
        "oz\\n",
        "ADMA",
        "MwAz",
        "3\0",
        "51,51,",
        "51, ",
        "90,51,",
        "#51",
        "&#51;",
        "u0033",
        "\\u0033",
        "\\\\",
        "\\\\u",
        "7a33",
        "7A ",
        "0x33, ",
        "u{33",
        "$binary:",
        "\"$binary\":\"",
        ";base64,",
        ".eyJ",
        "eyJ",
        "amk",
        "z",
        "&",
        "&amp;",
        "%7a%33",
        "z33abcdefg",
        "0",
        "\n",
        "\\n",
    ];
    for clue in clues {
        let frame = clue.repeat((1 << 20) / clue.len());
        assert_eq!(Marker::find_all(frame.as_bytes()).count(), 0, "{clue}");
    }
}
