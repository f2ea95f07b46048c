//! Judges observations as they arrive: every property sees each one once, and then the observation is dropped.
//!
//! What all properties need to know about an observation is computed once: its place, session and user as small
//! numbers, and the markers in its bytes. Memory grows with users, sessions and events on their way, not with
//! the length of the history. The exception is a property that compares the parts of a history: it keeps
//! what was seen in them.

use crate::finding::Finding;
use crate::history::{History, Scene};
use crate::judge::{Exhibit, Judge, PlaceIds, Places};
use crate::marker::{FoundMarker, Previews};
use crate::observation::{Observation, What};
use crate::property::{Property, Scope};

/// Several properties at work on one history.
pub struct Judging {
    scene: Scene,
    places: Places,
    properties: Vec<ActiveProperty>,
    /// The markers of the current observation; a field so that its memory is reused.
    markers: Vec<FoundMarker>,
    /// The markers that were sent, to recognise what was cut short.
    previews: Previews,
}

/// A property at work on the current part.
struct ActiveProperty {
    property: &'static Property,
    judge: Box<dyn Judge>,
    /// What it found in the parts before.
    found: Option<Finding>,
}

impl Judging {
    /// Starts before the first observation.
    pub fn start(scene: &Scene, properties: impl IntoIterator<Item = &'static Property>) -> Self {
        let properties = properties.into_iter();
        Self {
            scene: scene.clone(),
            places: Places::default(),
            properties: properties
                .map(|property| ActiveProperty::start(property, scene))
                .collect(),
            markers: Vec::new(),
            previews: Previews::default(),
        }
    }

    /// Looks at the next observation.
    pub fn see(&mut self, observation: &Observation) {
        if let What::PartBegan { .. } = observation.what {
            self.places = Places::default();
            for active in &mut self.properties {
                active.next_part(&self.scene);
            }
        }
        let PlaceIds {
            place: place_id,
            session,
            user,
        } = self.places.ids(&observation.place);
        if let What::Sent { marker } = &observation.what {
            self.previews.send(marker);
        }
        let frame = observation.what.target_text().unwrap_or_default();
        self.markers.clear();
        for found in self.previews.find(frame.as_bytes()) {
            if !self.markers.iter().any(|known| known.key == found.key) {
                self.markers.push(found);
            }
        }
        let exhibit = Exhibit {
            seq: observation.seq,
            at_us: observation.at_us,
            place: &observation.place,
            what: &observation.what,
            place_id,
            session,
            user,
            markers: &self.markers,
            places: &self.places,
        };
        for active in &mut self.properties {
            active.judge.see(&exhibit);
        }
    }

    /// What each property found, in the order in which they were given.
    pub fn end(self) -> Vec<(&'static Property, Finding)> {
        let properties = self.properties.into_iter();
        properties
            .map(|active| (active.property, active.end()))
            .collect()
    }
}

impl ActiveProperty {
    fn start(property: &'static Property, scene: &Scene) -> Self {
        Self {
            property,
            judge: (property.start)(scene),
            found: None,
        }
    }

    /// Starts again with the next part, which is judged like a history of its own.
    fn next_part(&mut self, scene: &Scene) {
        if self.property.scope == Scope::OnePart {
            let judge = std::mem::replace(&mut self.judge, (self.property.start)(scene));
            self.found = Some(merged(self.found.take(), judge.end()));
        }
    }

    fn end(self) -> Finding {
        merged(self.found, self.judge.end())
    }
}

/// Joins what was found in the earlier parts with what was found in the part that ends.
fn merged(before: Option<Finding>, found: Finding) -> Finding {
    match before {
        Some(before) => before.and(found),
        None => found,
    }
}

impl Property {
    /// Judges a whole history.
    #[must_use]
    pub fn judge(&'static self, history: &History) -> Finding {
        let mut judging = Judging::start(&history.scene, [self]);
        for observation in &history.observations {
            judging.see(observation);
        }
        let found = judging.end().pop();
        found.map_or_else(
            || Finding::undecided("nothing was judged"),
            |(_, found)| found,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Witness;
    use crate::marker::Marker;
    use crate::name::UserName;
    use crate::place::Place;
    use crate::properties::named;
    use crate::test_histories::history;

    /// bob sees amy's marker in `what`.
    fn leaked(what: impl Fn(&str) -> What) -> Witness {
        let mut history = history("amy+ bob+");
        let marker = Marker::new(&UserName::from("amy"), 1);
        history.observations.push(Observation {
            seq: history.observations.len() as u64 + 1,
            at_us: 0,
            place: Place {
                user: Some(UserName::from("bob")),
                session: "desktop".to_owned(),
                tab: None,
            },
            what: what(&format!("<{marker}>")),
        });
        let property = named("no_foreign_events").expect("listed");
        let mut found = property.judge(&history);
        assert_eq!(found.witnesses.len(), 1, "{found:?}");
        found.witnesses.remove(0)
    }

    #[test]
    fn a_witness_has_the_event_and_the_frame_of_the_marker() {
        let received = leaked(|text| What::Received {
            event: "popup".to_owned(),
            number: None,
            frame: text.to_owned(),
        });
        let answered = leaked(|text| What::Answered {
            asked: "GET /".to_owned(),
            action: None,
            granted: true,
            frame: text.to_owned(),
        });
        let refused = leaked(|text| What::Refused {
            reason: text.to_owned(),
        });
        assert_eq!(received.event.as_deref(), Some("popup"));
        for witness in [received, answered, refused] {
            assert!(witness.frame.starts_with("<z33"), "{witness:?}");
            assert_eq!(witness.seq, Some(6));
        }
    }
}
