//! Events without a marker, counted together: nobody knows which action made which.

use crate::finding::Witness;
use crate::hashing::Map;
use crate::judge::{ActionAnswer, Exhibit, PlaceId};
use crate::tally::Tally;

/// What came since the run last settled, and the line of the last one.
#[derive(Default)]
pub(super) struct Unmarked(Map<(PlaceId, String), (u64, u64)>);

impl Unmarked {
    pub(super) fn receive(&mut self, place: PlaceId, event: &str, seq: u64) {
        let came = self.0.entry((place, event.to_owned())).or_default();
        *came = (came.0 + 1, seq);
    }

    /// The run has settled: no more should have come than all the open actions make.
    pub(super) fn settle(&mut self, exhibit: &Exhibit<'_>, tally: &mut Tally) {
        let came = std::mem::take(&mut self.0).into_iter();
        let mut came: Vec<_> = came.collect();
        came.sort_by(|((place, event), _), ((other, other_event), _)| {
            let name = |id: &PlaceId| exhibit.places.name(*id);
            (name(place), event).cmp(&(name(other), other_event))
        });
        for ((place, event), (came, seq)) in came {
            let Some(due) = due(exhibit, place, &event) else {
                continue;
            };
            tally.chance(came);
            if came > due {
                let place = exhibit.places.name(place);
                tally.witness(|| Witness {
                    seq: Some(seq),
                    says: format!(
                        "{place} got {came} `{event}` without a text, of which all actions make {due}"
                    ),
                    frame: String::new(),
                    event: Some(event.clone()),
                });
            }
        }
    }
}

/// How many of these events all open actions make for a place. `None` if that is not known, or if it is not meant for
/// the place at all: then it is a leak, and not a copy.
fn due(exhibit: &Exhibit<'_>, place: PlaceId, event: &str) -> Option<u64> {
    let members = &exhibit.declared.members;
    let place = exhibit.places.at(place);
    let mut due: Option<u64> = None;
    for action in exhibit.declared.unmarked(event)? {
        if action.may_get(members, event, place).is_never() {
            continue;
        }
        let ActionAnswer::Confirmed(_, yields) = &action.answer else {
            return None;
        };
        let own = yields.due.get(event).copied();
        // Where no exact number is declared, there may be more.
        if own.is_some() && !yields.exact.contains(event) {
            return None;
        }
        let own = own.unwrap_or(0);
        let own = own.saturating_mul(action.most(members, event, place));
        due = Some(due.unwrap_or(0).saturating_add(own));
    }
    due
}
