//! A marker that was found.

use super::layout::{LENGTH, Marker, TAG, is_private, tag_at};
use super::search::{Search, Sighting};
use super::travel::Travel;
use crate::hashing;

/// A marker that was found in some bytes, in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FoundMarker {
    text: [u8; LENGTH],
    /// The same as `Marker::key`.
    pub(crate) key: u64,
    /// How it was written there.
    pub(crate) travel: Travel,
}

impl FoundMarker {
    pub(super) fn new(text: [u8; LENGTH], travel: Travel) -> Self {
        Self {
            text,
            key: hashing::hash(text.as_slice()),
            travel,
        }
    }

    /// Whether all of it was there.
    pub(crate) const fn is_whole(&self) -> bool {
        self.travel.preview.is_none()
    }

    /// Whether it says that its text is for its owner alone.
    pub(crate) fn is_private(&self) -> bool {
        self.is_whole() && is_private(&self.text)
    }

    pub(super) const fn letters(&self) -> &[u8; LENGTH] {
        &self.text
    }

    /// How this marker travelled where it was seen, whole or cut short.
    pub(super) fn travelled_as(&self, sighting: &Sighting) -> Travel {
        let same = self.text.iter().zip(sighting.letters());
        let same = same.take_while(|(one, other)| one == other).count();
        Travel {
            preview: (same < LENGTH).then_some(same as u8),
            ..sighting.travel
        }
    }

    /// The eight characters that stand for the owner.
    pub(super) fn tag(&self) -> &[u8] {
        let from = tag_at(&self.text);
        self.text.get(from..from + TAG).unwrap_or_default()
    }

    pub(crate) fn marker(&self) -> Marker {
        Marker::of(&self.text)
    }
}

impl Marker {
    /// Every whole marker in `bytes`, in order, however it is written there.
    pub fn find_all(bytes: &[u8]) -> impl Iterator<Item = Self> + '_ {
        Search::of(bytes).filter_map(|found| found.whole().map(Self::of))
    }
}

/// What has to be kept of a text of which the rest is not: each marker in it, and each beginning of ten letters or more
/// that may be one cut short.
pub fn traces(bytes: &[u8]) -> impl Iterator<Item = String> + '_ {
    Search::of(bytes).map(|found| found.trace())
}

impl Sighting {
    /// The marker, if it is a whole one.
    #[must_use]
    pub fn marker(&self) -> Option<Marker> {
        self.whole().map(Marker::of)
    }

    /// Its letters as a text in which it will be found again.
    #[must_use]
    pub fn trace(&self) -> String {
        self.letters().iter().copied().map(char::from).collect()
    }
}
