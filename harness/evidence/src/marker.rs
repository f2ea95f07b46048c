//! Unguessable texts that name their owner, and the search for them in raw bytes.
//!
//! A marker is `amk`, eight characters for its owner, twelve random ones and four that check the others,
//! all from `a-z2-7`: no escaping (JSON, HTML, URL) changes it, so it is found anywhere in a
//! frame. Without the check characters, about one in ten thousand pages with a random token would contain a "marker".

use std::fmt;

use memchr::memchr2_iter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hashing::{self, Map};
use crate::name::UserName;

const PREFIX: &[u8] = b"amk";
const TAG: usize = 8;
const NONCE: usize = 12;
const CHECK: usize = 4;
const LENGTH: usize = PREFIX.len() + TAG + NONCE + CHECK;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A text that was put into one thing a user made, and names that user.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Marker(String);

impl Marker {
    /// The marker of `owner` made from 60 random bits (the low ones of `random`).
    #[must_use]
    pub fn new(owner: &UserName, random: u128) -> Self {
        let nonce = (0..NONCE).map(|i| ALPHABET[usize::from(((random >> (5 * i)) & 31) as u8)]);
        let made: Vec<u8> = PREFIX
            .iter()
            .copied()
            .chain(tag(owner))
            .chain(nonce)
            .collect();
        let text = made.iter().copied().chain(check(&made));
        Self(text.map(char::from).collect())
    }

    /// The eight characters that stand for the owner.
    #[must_use]
    pub fn tag(&self) -> &str {
        self.0
            .get(PREFIX.len()..PREFIX.len() + TAG)
            .unwrap_or_default()
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

    /// Every marker in `bytes`, in order, in upper or lower case.
    pub fn find_all(bytes: &[u8]) -> impl Iterator<Item = Self> + '_ {
        FoundMarker::all(bytes).map(|found| found.marker())
    }
}

/// A marker that was found in some bytes, in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FoundMarker {
    text: [u8; LENGTH],
    /// The same as `Marker::key`.
    pub(crate) key: u64,
}

impl FoundMarker {
    /// Every marker in `bytes`, in order, in upper or lower case.
    pub(crate) fn all(bytes: &[u8]) -> impl Iterator<Item = Self> + '_ {
        // Searching for the prefix's last letter is fastest: it is the rarest of the three.
        memchr2_iter(b'k', b'K', bytes).filter_map(|at| {
            let start = (at + 1).checked_sub(PREFIX.len())?;
            let mut text: [u8; LENGTH] = bytes.get(start..start + LENGTH)?.try_into().ok()?;
            text.make_ascii_lowercase();
            let starts = text.starts_with(PREFIX);
            if !starts || !text.iter().all(|byte| ALPHABET.contains(byte)) {
                return None;
            }
            let (made, checked) = text.split_at(LENGTH - CHECK);
            (check(made) == checked).then(|| Self {
                key: hashing::hash(text.as_slice()),
                text,
            })
        })
    }

    /// The eight characters that stand for the owner.
    fn tag(&self) -> &[u8] {
        &self.text[PREFIX.len()..PREFIX.len() + TAG]
    }

    pub(crate) fn marker(&self) -> Marker {
        Marker(self.text.iter().copied().map(char::from).collect())
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The users of a scenario by the tag their markers carry.
#[derive(Clone, Debug, Default)]
pub struct Owners(Map<[u8; TAG], UserName>);

impl Owners {
    /// The owners' table for `users`.
    pub fn of<'a>(users: impl IntoIterator<Item = &'a UserName>) -> Self {
        Self(
            users
                .into_iter()
                .map(|user| (tag(user), user.clone()))
                .collect(),
        )
    }

    /// The user who made `marker`; `None` if it belongs to nobody in this scenario.
    #[must_use]
    pub fn owner(&self, marker: &Marker) -> Option<&UserName> {
        self.0.get(marker.tag().as_bytes())
    }

    pub(crate) fn owner_of(&self, found: &FoundMarker) -> Option<&UserName> {
        self.0.get(found.tag())
    }
}

/// The name as eight letters. They only have to distinguish the users of one run.
fn tag(user: &UserName) -> [u8; TAG] {
    letters(fnv_1a(user.as_str().as_bytes()))
}

/// Four letters computed from those before them. In random bytes they match once in 2^20.
fn check(made: &[u8]) -> [u8; CHECK] {
    letters(fnv_1a(made))
}

/// FNV-1a. Other recorders make markers in the same way, so it is a hash that every language has.
fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn letters<const N: usize>(hash: u64) -> [u8; N] {
    let bits = hash ^ (hash >> 32);
    std::array::from_fn(|i| letter(bits >> (5 * i)))
}

fn letter(bits: u64) -> u8 {
    ALPHABET[usize::from((bits & 31) as u8)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_marker_is_found_in_any_bytes(before: Vec<u8>, after: Vec<u8>, random: u128, shout: bool) {
            let amy = UserName::from("amy");
            let marker = Marker::new(&amy, random);
            let text = if shout { marker.as_str().to_uppercase() } else { marker.to_string() };
            let bytes = [before.as_slice(), text.as_bytes(), &after].concat();
            prop_assert!(Marker::find_all(&bytes).any(|found| found == marker));
            let owners = Owners::of([&amy]);
            prop_assert_eq!(owners.owner(&marker), Some(&amy));
        }
    }

    #[test]
    fn a_text_that_only_looks_like_a_marker_is_not_one() {
        let marker = Marker::new(&UserName::from("amy"), 7).to_string();
        let other = if marker.ends_with('a') { "b" } else { "a" };
        let changed = format!("{}{other}", &marker[..LENGTH - 1]);
        assert_eq!(Marker::find_all(changed.as_bytes()).count(), 0);
        assert_eq!(Marker::find_all(b"amkyfioh4x2smfxsfhjdetzfauy").count(), 0);
    }

    /// Another recorder makes its markers in the same way.
    #[test]
    fn a_marker_is_always_the_same() {
        let marker = Marker::new(&UserName::from("amy"), 7);
        assert_eq!(marker.as_str(), "amkhka76rhdhaaaaaaaaaaapkaz");
        let marker = Marker::new(&UserName::from("bob"), u128::MAX);
        assert_eq!(marker.as_str(), "amknstoqjed777777777777gb4o");
    }

    #[test]
    fn the_right_check_does_not_make_a_marker() {
        for made in ["bmkyfioh4x2smfxsfhjdetz", "amkyfioh4x2smfxsfhjdet1"] {
            let check: String = check(made.as_bytes()).map(char::from).iter().collect();
            let text = format!("{made}{check}");
            assert_eq!(text.len(), LENGTH);
            assert_eq!(Marker::find_all(text.as_bytes()).count(), 0, "{text}");
        }
    }

    #[test]
    fn a_thousand_users_have_a_thousand_tags() {
        let users: Vec<UserName> = (0..1000)
            .map(|i| UserName::from(format!("user{i}").as_str()))
            .collect();
        assert_eq!(Owners::of(&users).0.len(), users.len());
    }
}
