//! What a judge is shown: one observation, with what all properties ask of it.

use super::ids::{PlaceId, Places, SessionId, UserId};
use crate::finding::Witness;
use crate::marker::FoundMarker;
use crate::observation::What;
use crate::place::Place;

/// One observation, with what all properties ask of it.
pub(crate) struct Exhibit<'a> {
    pub(crate) seq: u64,
    /// Microseconds since the recorder started.
    pub(crate) at_us: u64,
    pub(crate) place: &'a Place,
    pub(crate) what: &'a What,
    pub(crate) place_id: PlaceId,
    pub(crate) session: SessionId,
    pub(crate) user: Option<UserId>,
    /// Each marker in its bytes once, in the order in which they stand there.
    pub(crate) markers: &'a [FoundMarker],
    pub(crate) places: &'a Places,
}

impl Exhibit<'_> {
    /// The witness that is this observation, with its frame and the event's name where there are any.
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
