//! What a judge is shown.

use super::declared::Declared;
use super::ids::{PlaceId, PlaceIds, Places, SessionId, UserId};
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
    /// The markers in its bytes, in order, each only once; behind them those that its pieces complete.
    pub(crate) markers: &'a [FoundMarker],
    /// The values of the server in its bytes, by number.
    pub(crate) secrets: &'a [usize],
    /// What was meant for whom, as of this observation.
    pub(crate) declared: &'a Declared,
    pub(crate) places: &'a Places,
}

impl Exhibit<'_> {
    pub(crate) const fn ids(&self) -> PlaceIds {
        PlaceIds {
            place: self.place_id,
            session: self.session,
            user: self.user,
            is_tab: self.place.tab.is_some(),
        }
    }

    /// The name of the event that this is.
    pub(crate) fn event(&self) -> Option<&str> {
        match self.what {
            What::Received { event, .. } => Some(event),
            _ => None,
        }
    }

    /// Whether it is an event that comes again to who joined after its action was sent.
    pub(crate) fn is_replay(&self) -> bool {
        let Some(event) = self.event() else {
            return false;
        };
        let mut actions = self
            .markers
            .iter()
            .filter_map(|found| self.declared.action(found.key));
        actions.any(|action| {
            action.has_history(event) && self.declared.joined_since(self.ids(), action.sent)
        })
    }

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
