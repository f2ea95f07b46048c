//! What a marker is made of.
//!
//! | letters | what |
//! |---|---|
//! | `z33` | the prefix |
//! | 7 | random: with the prefix, the ten letters by which a preview is known |
//! | 8 | the tag of the owner |
//! | 4 | random; or computed from those before, which says that the text is for its owner alone |
//! | 5 | a check of the others |
//!
//! All are from `a-z2-7`. Histories of version 1 have another layout: `amk`, the tag, twelve random letters and four
//! that check. The prefix has one letter, so that a name may begin with a marker, and two equal digits, because digits
//! have no case: in each encoding there are few forms to look for. Without the check, random tokens would contain
//! "markers"; with it, one in 2^40 places of a random text of these letters does.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hashing;
use crate::name::UserName;

pub(super) const PREFIX: &[u8; 3] = b"z33";
/// The letters by which a marker that was cut short is known.
pub(super) const PREVIEW: usize = 10;
/// All letters of a marker, in both layouts.
pub(super) const LENGTH: usize = 27;
pub(super) const TAG: usize = 8;
const CHECK: usize = 5;
const SEAL: usize = LENGTH - PREVIEW - TAG - CHECK;
const NONCE: usize = LENGTH - PREFIX.len() - TAG - CHECK;
pub(super) const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

pub(super) const OLD_PREFIX: &[u8; 3] = b"amk";
const OLD_CHECK: usize = 4;

/// A text that was put into one thing a user made, and names that user.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Marker(String);

impl Marker {
    /// The marker of `owner` made from 55 random bits (the low ones of `random`).
    #[must_use]
    pub fn new(owner: &UserName, random: u128) -> Self {
        let name = fnv_1a(owner.as_str().as_bytes());
        // Two users' markers of one number differ in their first letters too.
        let nonce: [u8; NONCE] = spell((random as u64) ^ name);
        let (shown, rest) = nonce.split_at(PREVIEW - PREFIX.len());
        let mut made = [PREFIX, shown, &tag(owner), rest].concat();
        made.extend(check(&made));
        Self(made.into_iter().map(char::from).collect())
    }

    /// The same for a text that is for its owner alone, whoever finds it and whenever.
    #[must_use]
    pub fn private(owner: &UserName, random: u128) -> Self {
        let shared = Self::new(owner, random);
        let mut made = shared.0.as_bytes()[..PREVIEW + TAG].to_vec();
        made.extend(seal(&made));
        made.extend(check(&made));
        Self(made.into_iter().map(char::from).collect())
    }

    /// Whether it says that its text is for its owner alone. One in 2^20 of the others says so by chance.
    #[must_use]
    pub fn is_private(&self) -> bool {
        let letters = self.0.as_bytes().try_into();
        letters.is_ok_and(is_private)
    }

    /// The eight characters that stand for the owner.
    #[must_use]
    pub fn tag(&self) -> &str {
        let from = tag_at(self.0.as_bytes());
        self.0.get(from..from + TAG).unwrap_or_default()
    }

    /// The marker as it appears in a payload.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The marker as a number.
    pub(crate) fn key(&self) -> u64 {
        hashing::hash(self.0.as_bytes())
    }

    /// The marker of these letters.
    pub(super) fn of(letters: &[u8; LENGTH]) -> Self {
        Self(letters.iter().copied().map(char::from).collect())
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether these lower-case letters are a whole marker.
pub(super) fn is_marker(letters: &[u8; LENGTH]) -> bool {
    let (made, checked) = letters.split_at(LENGTH - CHECK);
    letters.starts_with(PREFIX) && check(made) == checked
}

/// Whether these letters of a marker say that its text is for its owner alone.
pub(super) fn is_private(letters: &[u8; LENGTH]) -> bool {
    let (made, rest) = letters.split_at(PREVIEW + TAG);
    is_marker(letters) && rest.starts_with(&seal(made))
}

/// Whether these lower-case letters are a whole marker of a history of version 1.
pub(super) fn is_old_marker(letters: &[u8; LENGTH]) -> bool {
    let (made, checked) = letters.split_at(LENGTH - OLD_CHECK);
    let check: [u8; OLD_CHECK] = spell(folded(made));
    letters.starts_with(OLD_PREFIX)
        && letters.iter().all(|letter| ALPHABET.contains(letter))
        && check == checked
}

/// Where the owner's tag begins in a marker.
pub(super) fn tag_at(letters: &[u8]) -> usize {
    if letters.starts_with(OLD_PREFIX) {
        OLD_PREFIX.len()
    } else {
        PREVIEW
    }
}

/// The name as eight letters. They only have to distinguish the users of one run.
pub(super) fn tag(user: &UserName) -> [u8; TAG] {
    spell(folded(user.as_str().as_bytes()))
}

/// Five letters computed from those before them. In random letters they match once in 2^25.
fn check(made: &[u8]) -> [u8; CHECK] {
    spell(folded(made))
}

/// The letters of a text that is for its owner alone.
fn seal(made: &[u8]) -> [u8; SEAL] {
    spell(folded(made).rotate_right(25))
}

fn folded(bytes: &[u8]) -> u64 {
    let hash = fnv_1a(bytes);
    hash ^ (hash >> 32)
}

/// FNV-1a. Other recorders make markers in the same way, so it is a hash that every language has.
fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The low bits as letters, the lowest five first.
fn spell<const N: usize>(bits: u64) -> [u8; N] {
    std::array::from_fn(|i| ALPHABET[usize::from(((bits >> (5 * i)) & 31) as u8)])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Another recorder makes its markers in the same way.
    #[test]
    fn a_marker_is_always_the_same() {
        let marker = Marker::new(&UserName::from("amy"), 7);
        assert_eq!(marker.as_str(), "z33zklyrcehka76rhddm54cuyt4");
        let marker = Marker::new(&UserName::from("bob"), u128::MAX);
        assert_eq!(marker.as_str(), "z33ln5llw3nstoqjed43vmoqb4f");
    }

    #[test]
    fn a_text_for_its_owner_alone_says_so() {
        let amy = UserName::from("amy");
        for number in 0..1000 {
            let (shared, private) = (Marker::new(&amy, number), Marker::private(&amy, number));
            assert!(private.is_private() && !shared.is_private(), "{number}");
            assert_eq!(private.tag(), shared.tag());
            let letters: [u8; LENGTH] = private.as_str().as_bytes().try_into().expect("as long");
            assert!(is_marker(&letters));
        }
    }

    #[test]
    fn the_first_ten_letters_tell_the_markers_of_a_run_apart() {
        let users: Vec<UserName> = (0..100)
            .map(|n| format!("user{n}").as_str().into())
            .collect();
        let markers = users
            .iter()
            .flat_map(|user| (0..100).map(|number| Marker::new(user, number)));
        let previews: std::collections::BTreeSet<String> = markers
            .map(|marker| marker.as_str()[..PREVIEW].to_owned())
            .collect();
        assert_eq!(previews.len(), 10_000);
    }

    #[test]
    fn the_right_check_does_not_make_a_marker() {
        let letters = |made: &str, check: &[u8]| -> [u8; LENGTH] {
            [made.as_bytes(), check]
                .concat()
                .try_into()
                .expect("as long")
        };
        let made = "z33abcdefghijklmnopqrs";
        assert!(is_marker(&letters(made, &check(made.as_bytes()))));
        let made = "y33abcdefghijklmnopqrs";
        assert!(!is_marker(&letters(made, &check(made.as_bytes()))));
        for made in ["bmkyfioh4x2smfxsfhjdetz", "amkyfioh4x2smfxsfhjdet1"] {
            let check: [u8; OLD_CHECK] = spell(folded(made.as_bytes()));
            assert!(!is_old_marker(&letters(made, &check)), "{made}");
        }
    }

    #[test]
    fn a_marker_of_version_1_names_its_owner() {
        let old: Marker = serde_json::from_str("\"amkhka76rhdhaaaaaaaaaaapkaz\"").expect("a text");
        assert!(is_old_marker(b"amkhka76rhdhaaaaaaaaaaapkaz"));
        assert_eq!(old.tag().as_bytes(), tag(&UserName::from("amy")));
        let new = Marker::new(&UserName::from("amy"), 7);
        assert_eq!(new.tag(), old.tag());
    }
}
