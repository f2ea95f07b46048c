//! Which marker a text is that was cut short.
//!
//! Ten letters have no owner's tag and no check, so they are only known by the markers that were sent. Seven of them
//! are random. With `n` markers sent, one in 2^50/`n` places of a random text of these letters looks like a preview:
//! for a thousand markers and a gigabyte of such text, once in a thousand runs. In other texts it is rarer.

use std::collections::VecDeque;

use super::found::FoundMarker;
use super::layout::{LENGTH, Marker, PREFIX, PREVIEW, TAG};
use super::search::{Search, Sighting};
use crate::hashing::Map;

/// How many markers of each owner are known: a preview stands in a list of what is new.
const KNOWN: usize = 256;
const RANDOM: usize = PREVIEW - PREFIX.len();
const REST: usize = LENGTH - PREVIEW;

/// The markers of which previews are known: the latest of each owner.
#[derive(Debug, Default)]
pub(crate) struct Previews {
    /// What follows the first ten letters; `None` if two markers have the same ones.
    rests: Map<[u8; RANDOM], Option<[u8; REST]>>,
    latest: Map<[u8; TAG], VecDeque<[u8; RANDOM]>>,
}

impl Previews {
    /// A marker is sent. One of a history of version 1 has no preview that could be told from others.
    pub(crate) fn send(&mut self, marker: &Marker) {
        let letters: Option<[u8; LENGTH]> = marker.as_str().as_bytes().try_into().ok();
        let Some(letters) = letters.filter(|letters| letters.starts_with(PREFIX)) else {
            return;
        };
        let Some((key, rest)) = apart(&letters) else {
            return;
        };
        let Ok(tag) = marker.tag().as_bytes().try_into() else {
            return;
        };
        if let Some(known) = self.rests.get_mut(&key) {
            *known = known.filter(|known| *known == rest);
            return;
        }
        self.rests.insert(key, Some(rest));
        let latest = self.latest.entry(tag).or_default();
        latest.push_back(key);
        if latest.len() > KNOWN
            && let Some(oldest) = latest.pop_front()
        {
            self.rests.remove(&oldest);
        }
    }

    /// Every marker in `bytes`, whole or cut short.
    pub(crate) fn find<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = FoundMarker> + 'a {
        Search::of(bytes).filter_map(|sighting| self.known(&sighting))
    }

    /// The marker that was seen, if it is whole or known.
    pub(crate) fn known(&self, sighting: &Sighting) -> Option<FoundMarker> {
        if let Some(letters) = sighting.whole() {
            return Some(FoundMarker::new(*letters, sighting.travel));
        }
        let seen = sighting.letters();
        let key: [u8; RANDOM] = seen.get(PREFIX.len()..PREVIEW)?.try_into().ok()?;
        let rest = (*self.rests.get(&key)?)?;
        let begin = seen.iter().copied().take(PREVIEW).chain(rest);
        let mut letters = [0; LENGTH];
        letters
            .iter_mut()
            .zip(begin)
            .for_each(|(to, from)| *to = from);
        let mut found = FoundMarker::new(letters, sighting.travel);
        found.travel = found.travelled_as(sighting);
        Some(found)
    }
}

/// The random ones of the first ten letters, and what follows them.
fn apart(letters: &[u8; LENGTH]) -> Option<([u8; RANDOM], [u8; REST])> {
    let key = letters.get(PREFIX.len()..PREVIEW)?.try_into().ok()?;
    let rest = letters.get(PREVIEW..)?.try_into().ok()?;
    Some((key, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::UserName;

    #[test]
    fn the_memory_for_each_owner_is_bounded() {
        let mut previews = Previews::default();
        let marker = |user: &str, number| Marker::new(&UserName::from(user), number);
        previews.send(&marker("bob", 0));
        for number in 0..=KNOWN as u128 {
            previews.send(&marker("amy", number));
        }
        let found = |marker: &Marker| {
            previews
                .find(&marker.as_str().as_bytes()[..PREVIEW])
                .count()
        };
        assert_eq!(found(&marker("bob", 0)), 1, "another user's stays");
        assert_eq!(found(&marker("amy", 0)), 0);
        assert_eq!(found(&marker("amy", 1)), 1);
        assert_eq!(previews.rests.len(), KNOWN + 1);
    }

    #[test]
    fn a_preview_of_two_markers_is_nobodys() {
        let mut previews = Previews::default();
        let marker = Marker::new(&UserName::from("amy"), 1);
        let other = format!(
            "{}{}",
            &marker.as_str()[..PREVIEW],
            &Marker::new(&UserName::from("bob"), 2).as_str()[PREVIEW..]
        );
        let other: Marker = serde_json::from_value(other.into()).expect("a text");
        previews.send(&marker);
        previews.send(&marker);
        let preview = &marker.as_str().as_bytes()[..PREVIEW];
        assert_eq!(previews.find(preview).count(), 1);
        previews.send(&other);
        assert_eq!(previews.find(preview).count(), 0);
    }
}
