//! Everything in a frame that is a marker or the beginning of one, however it is written.
//!
//! One pass looks for clues, and only around a clue something is decoded: never more than the letters of one marker,
//! so a frame of nothing but clues takes a time that grows with its length. The one exception is base64 that announces
//! itself (`$binary`, `;base64,`, or JSON in base64, which begins with `eyJ`): it is decoded once and searched like a
//! frame, up to three levels deep.
//!
//! | written as | found |
//! |---|---|
//! | letters in any case, in text or inside binary | yes |
//! | `%61`, `&#97;`, `&#x61;`, `\u0061`, `\u{61}`, `\x61`, also mixed with plain letters, up to three levels deep | yes |
//! | base64 of it at each alignment, standard or of URLs, also with line breaks | yes |
//! | hexadecimal in either case, also `61 6d`, `61:6d`, `61-6d`, `0x61, 0x6d` | yes |
//! | a list of numbers (JSON of a buffer) | yes |
//! | UTF-16 and UTF-32, plain, in base64 or in hexadecimal | yes |
//! | cut short: its first ten letters or more, in each of these | yes, as a beginning |
//! | base64, hexadecimal or escapes inside base64 | only if the outer one announces itself |
//! | base32, compressed, reversed, with something between its letters, without its first letters | no |
//!
//! The last line is not searched because each of its forms would cost every frame (base32 halves the speed of the
//! pass), and no server that was looked at sends it. Compression of the wire is undone before a frame is recorded.

use std::collections::VecDeque;

use super::clue::{CLUES, Clue};
use super::layout::{LENGTH, PREFIX, PREVIEW, is_marker, is_old_marker};
use super::source::{Base64, Hex, Numbers, Raw, Source, Unescaped, six_bits};
use super::travel::{Coat, Travel};
use crate::hashing::Set;

/// Levels of base64 in base64.
const DEPTH: u32 = 3;
/// How far before a clue its marker may begin: an escaped letter with its zero byte, or a number in an indented list.
const BEFORE: usize = 40;

/// A marker, or ten letters or more that may be the beginning of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// In lower case.
    letters: [u8; LENGTH],
    n_letters: usize,
    is_whole: bool,
    pub(super) travel: Travel,
    pub(super) begin: usize,
    /// The place behind it.
    pub(super) end: usize,
}

impl Sighting {
    /// The letters that were there.
    #[must_use]
    pub fn letters(&self) -> &[u8] {
        self.letters.get(..self.n_letters).unwrap_or_default()
    }

    /// The whole marker, if it is one.
    pub(super) fn whole(&self) -> Option<&[u8; LENGTH]> {
        self.is_whole.then_some(&self.letters)
    }
}

/// The search in one frame.
pub(super) struct Search<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the last sighting began: some markers have two clues.
    last: Option<usize>,
    depth: u32,
    /// Up to here, announced base64 was decoded.
    decoded: usize,
    /// What was found in it, so that its own clues do not show it again.
    inside: Set<[u8; LENGTH]>,
    ready: VecDeque<Sighting>,
}

impl<'a> Search<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self::at_depth(bytes, 0)
    }

    /// Does not decode announced base64: what it has inside has no place in the frame.
    pub(super) fn flat(bytes: &'a [u8]) -> Self {
        Self::at_depth(bytes, DEPTH)
    }

    fn at_depth(bytes: &'a [u8], depth: u32) -> Self {
        Self {
            bytes,
            at: 0,
            last: None,
            depth,
            decoded: 0,
            inside: Set::default(),
            ready: VecDeque::new(),
        }
    }

    /// Whether one of these stands before `at`. It is asked first where a clue is common.
    fn is_before(&self, at: usize, these: &[u8]) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.bytes.get(before));
        before.is_some_and(|byte| these.contains(byte))
    }

    /// What a clue at `at` belongs to.
    fn look(&mut self, at: usize, clue: Clue) -> Option<Sighting> {
        match clue {
            Clue::Plain => self.plain(at),
            Clue::Old => self.old(at),
            Clue::Escaped => self.escaped(at),
            Clue::Zeros => {
                let ends_escape = self.is_before(at, b"0") && self.is_before(at - 1, b"uUxX#0");
                ends_escape.then(|| self.escaped(at)).flatten()
            }
            Clue::Hex => self.hex(at),
            // `\x` before digits: one letter, or the sign of a whole text in hexadecimal.
            Clue::EscapedOrHex if !self.is_before(at, b"57\\#0") => None,
            Clue::EscapedOrHex => self.either(self.escaped(at), self.hex(at)),
            Clue::Numbers if !self.is_before(at, b", \t\n") => None,
            Clue::Numbers => self.numbers(at),
            Clue::Base64(back, skip) => self.base64(at, back, skip),
            Clue::WideBase64 => self.either(self.base64(at, 2, 4), self.base64(at, 4, 0)),
            Clue::Announced(length) => {
                let begin = at + length;
                let rest = self.bytes.get(begin..).unwrap_or_default();
                let signs = rest.iter().take(LONGEST_SIGN);
                let signs = signs.take_while(|byte| b"\":\\ ".contains(byte)).count();
                self.announced(begin + signs)
            }
            Clue::AnnouncedJson => {
                let before = at.checked_sub(1).and_then(|before| self.bytes.get(before));
                let is_start = before.is_none_or(|byte| six_bits(*byte).is_none());
                is_start.then(|| self.announced(at)).flatten()
            }
        }
    }

    /// A whole marker, or each reading that may be the beginning of one.
    fn either(&mut self, one: Option<Sighting>, other: Option<Sighting>) -> Option<Sighting> {
        match (one, other) {
            (Some(one), Some(other)) if !one.is_whole => {
                if !other.is_whole {
                    self.ready.push_back(one);
                }
                Some(other)
            }
            (one, other) => one.or(other),
        }
    }

    /// Most markers stand letter by letter: then nothing has to be decoded.
    fn plain(&self, at: usize) -> Option<Sighting> {
        let text = self.bytes.get(at..).unwrap_or_default();
        let text = &text[..text.len().min(LENGTH)];
        let n_letters = text.iter().take_while(|byte| is_letter(**byte)).count();
        if matches!(text.get(n_letters), Some(b'%' | b'&' | b'\\' | 0)) {
            return self.read(at, Coat::None, self.text(at));
        }
        let mut letters = [0; LENGTH];
        let seen = text.get(..n_letters).unwrap_or_default();
        letters
            .iter_mut()
            .zip(seen)
            .for_each(|(to, from)| *to = from.to_ascii_lowercase());
        let is_whole = n_letters == LENGTH && is_marker(&letters);
        (n_letters >= PREVIEW).then(|| Sighting {
            letters,
            n_letters,
            is_whole,
            travel: Travel::default(),
            begin: at,
            end: at + n_letters,
        })
    }

    fn text(&self, at: usize) -> Unescaped<Unescaped<Unescaped<Raw<'a>>>> {
        let raw = Raw {
            bytes: self.bytes,
            at,
        };
        Unescaped::of(Unescaped::of(Unescaped::of(raw)))
    }

    fn base64(&self, at: usize, back: usize, skip: u32) -> Option<Sighting> {
        let begin = Base64::back(self.bytes, at, back)?;
        let source = Base64::from(self.bytes, begin, skip);
        let found = self.read(begin, Coat::Base64, source)?;
        (at >= self.decoded || !self.inside.contains(&found.letters)).then_some(found)
    }

    fn escaped(&self, at: usize) -> Option<Sighting> {
        let begin = self.begin(at, b"zZ%&\\", |begin| self.text(begin))?;
        self.read(begin, Coat::None, self.text(begin))
    }

    fn hex(&self, at: usize) -> Option<Sighting> {
        let bytes = self.bytes;
        let source = |at| Hex(Raw { bytes, at });
        let begin = self.begin(at, b"57", source)?;
        self.read(begin, Coat::Hex, source(begin))
    }

    fn numbers(&self, at: usize) -> Option<Sighting> {
        let bytes = self.bytes;
        let source = |at| Numbers(Raw { bytes, at });
        let begin = self.begin(at, b"19", source)?;
        self.read(begin, Coat::Numbers, source(begin))
    }

    /// Where the prefix begins that has its middle or its end at `at`: at one of these bytes.
    fn begin<S: Source>(
        &self,
        at: usize,
        first: &[u8],
        source: impl Fn(usize) -> S,
    ) -> Option<usize> {
        let window = at.saturating_sub(BEFORE)..=at;
        window.rev().find(|begin| {
            let byte = self.bytes.get(*begin);
            if !byte.is_some_and(|byte| first.contains(byte)) {
                return false;
            }
            let mut source = source(*begin);
            let mut letters = [0; PREFIX.len()];
            let read = letters_of(&mut source, &mut letters);
            read.n_letters == letters.len() && &letters == PREFIX && read.end > at
        })
    }

    /// Reads a marker that begins at `begin`.
    fn read<S: Source>(&self, begin: usize, coat: Coat, mut source: S) -> Option<Sighting> {
        let mut letters = [0; LENGTH];
        let read = letters_of(&mut source, &mut letters);
        if read.n_letters < PREVIEW || !letters.starts_with(PREFIX) {
            return None;
        }
        Some(Sighting {
            letters,
            n_letters: read.n_letters,
            is_whole: read.n_letters == LENGTH && is_marker(&letters),
            travel: Travel {
                coat,
                escape: source.escape(),
                wide: read.is_wide,
                ..Travel::default()
            },
            begin,
            end: read.end,
        })
    }

    fn old(&self, at: usize) -> Option<Sighting> {
        let end = at + LENGTH;
        let mut letters: [u8; LENGTH] = self.bytes.get(at..end)?.try_into().ok()?;
        letters.make_ascii_lowercase();
        is_old_marker(&letters).then(|| Sighting {
            letters,
            n_letters: LENGTH,
            is_whole: true,
            travel: Travel::default(),
            begin: at,
            end,
        })
    }

    /// Searches the base64 that begins at `begin`.
    fn announced(&mut self, begin: usize) -> Option<Sighting> {
        if self.depth >= DEPTH || begin < self.decoded {
            return None;
        }
        let (bytes, end) = Base64::from(self.bytes, begin, 0).decoded();
        self.decoded = end;
        for mut found in Search::at_depth(&bytes, self.depth + 1) {
            (found.begin, found.end) = (begin, end);
            match found.travel.coat {
                Coat::None if found.travel.escape.is_none() && !found.travel.nested => {
                    found.travel.coat = Coat::Base64;
                }
                _ => found.travel.nested = true,
            }
            self.inside.insert(found.letters);
            self.ready.push_back(found);
        }
        self.ready.pop_front()
    }
}

/// Bytes between the key `$binary` and its text.
const LONGEST_SIGN: usize = 12;

impl Iterator for Search<'_> {
    type Item = Sighting;

    fn next(&mut self) -> Option<Sighting> {
        if let Some(found) = self.ready.pop_front() {
            return Some(found);
        }
        loop {
            let (at, clue) = CLUES.find(self.bytes, self.at)?;
            self.at = at + 1;
            let found = self.look(at, clue);
            if let Some(found) = found.filter(|found| self.last != Some(found.begin)) {
                self.last = Some(found.begin);
                return Some(found);
            }
        }
    }
}

struct Read {
    n_letters: usize,
    /// The place behind the last letter.
    end: usize,
    is_wide: bool,
}

/// Reads letters of a marker, in lower case, as many as there are and fit.
fn letters_of(source: &mut impl Source, letters: &mut [u8]) -> Read {
    let mut read = Read {
        n_letters: 0,
        end: source.at(),
        is_wide: false,
    };
    let mut zeros = 0;
    while read.n_letters < letters.len() {
        match source.next() {
            // UTF-16 has one zero byte between two letters, UTF-32 three.
            Some(0) if zeros < 3 && read.n_letters > 0 => zeros += 1,
            Some(letter) if is_letter(letter) => {
                read.is_wide |= zeros > 0;
                zeros = 0;
                if let Some(place) = letters.get_mut(read.n_letters) {
                    *place = letter.to_ascii_lowercase();
                }
                read.n_letters += 1;
                read.end = source.at();
            }
            _ => break,
        }
    }
    read
}

/// Whether a marker may have this letter, in either case.
const fn is_letter(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'2'..=b'7')
}
