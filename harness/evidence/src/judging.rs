//! Judges observations as they arrive: every property sees each one once, and then the observation is dropped.
//!
//! What all properties need to know about an observation is computed once: its place, session and user as small
//! numbers, and the markers in its bytes. Memory grows with users, sessions and events on their way, not with
//! the length of the history. The exception is a property that compares the parts of a history: it keeps
//! what was seen in them.

use crate::finding::Finding;
use crate::history::{History, Scene};
use crate::judge::{Declared, Exhibit, Judge, PlaceIds, Places, Streams};
use crate::marker::{FoundMarker, Previews};
use crate::observation::{Observation, What};
use crate::property::{Extent, Property};

/// Several properties at work on one history.
pub struct Judging {
    scene: Scene,
    places: Places,
    declared: Declared,
    streams: Streams,
    properties: Vec<ActiveProperty>,
    /// The markers of the current observation; a field so that its memory is reused.
    markers: Vec<FoundMarker>,
    /// The markers that were sent, to recognise what was cut short.
    previews: Previews,
    /// The values of the server in the current observation.
    secrets: Vec<usize>,
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
            declared: Declared::default(),
            streams: Streams::default(),
            properties: properties
                .map(|property| ActiveProperty::start(property, scene))
                .collect(),
            markers: Vec::new(),
            previews: Previews::default(),
            secrets: Vec::new(),
        }
    }

    /// Looks at the next observation.
    pub fn see(&mut self, observation: &Observation) {
        if let What::PartBegan { .. } = observation.what {
            self.places = Places::default();
            self.declared = Declared::default();
            self.streams = Streams::default();
            for active in &mut self.properties {
                active.next_part(&self.scene);
            }
        }
        let ids = self.places.ids(&observation.place);
        self.declared.see(observation, ids, &mut self.places);
        self.search(observation, ids);
        let PlaceIds {
            place: place_id,
            session,
            user,
            ..
        } = ids;
        let exhibit = Exhibit {
            seq: observation.seq,
            at_us: observation.at_us,
            place: &observation.place,
            what: &observation.what,
            place_id,
            session,
            user,
            markers: &self.markers,
            secrets: &self.secrets,
            declared: &self.declared,
            places: &self.places,
        };
        for active in &mut self.properties {
            active.judge.see(&exhibit);
        }
    }

    /// Finds what is in the observation's bytes, and what its pieces complete.
    fn search(&mut self, observation: &Observation, ids: PlaceIds) {
        let frame = observation
            .what
            .target_text()
            .unwrap_or_default()
            .as_bytes();
        if let What::Sent { marker, .. } = &observation.what {
            self.previews.send(marker);
        }
        self.markers.clear();
        for found in self.previews.find(frame) {
            keep(&mut self.markers, found);
        }
        self.secrets.clear();
        if self.declared.secrets.is_any() {
            self.secrets = self.declared.secrets.find_in(frame);
        }
        for piece in observation.what.pieces() {
            let joiner = self.streams.join(ids.place, piece);
            let (before, all) = (joiner.before(), joiner.joined());
            // What was there before the piece, be it the beginning of a marker, was found then.
            let known: Vec<FoundMarker> = self.previews.find(before).collect();
            for found in self.previews.find(all) {
                if !has(&known, &found) {
                    keep(&mut self.markers, found);
                }
            }
            let known = self.declared.secrets.find_in(before);
            for found in self.declared.secrets.find_in(all) {
                if !known.contains(&found) && !self.secrets.contains(&found) {
                    self.secrets.push(found);
                }
            }
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

/// Whether this marker is among these, or as much of it.
fn has(markers: &[FoundMarker], found: &FoundMarker) -> bool {
    let mut same = markers.iter().filter(|known| known.key == found.key);
    same.any(|known| known.is_whole() || !found.is_whole())
}

/// Keeps each marker once: whole, if it is there whole.
fn keep(markers: &mut Vec<FoundMarker>, found: FoundMarker) {
    if has(markers, &found) {
        return;
    }
    match markers.iter_mut().find(|known| known.key == found.key) {
        Some(known) => *known = found,
        None => markers.push(found),
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
        if self.property.extent == Extent::OnePart {
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
        let received = leaked(|text| What::received("popup".to_owned(), None, text.to_owned()));
        let answered =
            leaked(|text| What::answered("GET /".to_owned(), None, true, text.to_owned()));
        let refused = leaked(|text| What::refused(text.to_owned()));
        assert_eq!(received.event.as_deref(), Some("popup"));
        for witness in [received, answered, refused] {
            assert!(witness.frame.starts_with("<z33"), "{witness:?}");
            assert_eq!(witness.seq, Some(6));
        }
    }
}
