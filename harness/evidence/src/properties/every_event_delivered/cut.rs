//! Texts that came cut short: too little for a delivery, and no proof of a loss either, where a server shows previews.

use std::collections::BTreeSet;

use crate::judge::PlaceId;

/// How many are known.
const MOST: usize = 10_000;

/// Why a text that came in part is no proof of a loss.
const WHY: &str =
    "only its beginning came, and nobody knows whether that is all that was meant to come";

/// The markers of which only the beginning came, by place and event.
#[derive(Default)]
pub(super) struct Cut(BTreeSet<(u64, PlaceId, String)>);

impl Cut {
    pub(super) fn see(&mut self, (marker, place): (u64, PlaceId), event: &str) {
        if self.0.len() < MOST {
            self.0.insert((marker, place, event.to_owned()));
        }
    }

    /// All of it has come.
    pub(super) fn complete(&mut self, (marker, place): (u64, PlaceId), event: &str) {
        if !self.0.is_empty() {
            self.0.remove(&(marker, place, event.to_owned()));
        }
    }

    /// Why this text may have come as it was meant to, if a beginning of it came.
    pub(super) fn excuse(&self, (marker, place): (u64, PlaceId), event: &str) -> Option<String> {
        // Where not all are known, it may be one of the others.
        let is_full = self.0.len() >= MOST;
        let is_known = is_full || self.0.contains(&(marker, place, event.to_owned()));
        is_known.then(|| WHY.to_owned())
    }
}
