//! What a judge is shown.

use super::ids::{PlaceId, Places, SessionId, UserId};
use crate::finding::Witness;
use crate::marker::FoundMarker;
use crate::observation::What;
use crate::place::Place;

/// One observation, with what all properties need to know about it.
pub(crate) struct Exhibit<'a> {
    pub(crate) seq: u64,
    /// Microseconds since the recorder started.
    pub(crate) at_us: u64,
    pub(crate) place: &'a Place,
    pub(crate) what: &'a What,
    pub(crate) place_id: PlaceId,
    pub(crate) session: SessionId,
    pub(crate) user: Option<UserId>,
    /// The markers in its bytes, in order, each only once.
    pub(crate) markers: &'a [FoundMarker],
    pub(crate) places: &'a Places,
}

impl Exhibit<'_> {
    /// This observation as a witness, with its frame and the event's name if it has them.
    pub(crate) fn witness(&self, says: String) -> Witness {
        let event = match self.what {
            What::Received { event, .. } => Some(event.clone()),
            _ => None,
        };
        Witness {
            seq: Some(self.seq),
            says,
            frame: self.what.target_text().unwrap_or_default().to_owned(),
            event,
        }
    }
}
