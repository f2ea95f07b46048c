//! Judging as the observations come: each is looked at once, by every property, and forgotten.
//!
//! What all properties ask of an observation is found out once: which place, session and user it is
//! of, as small numbers, and which markers stand in its bytes. What is kept grows with users, sessions
//! and events on their way, and not with the length of the history; only what compares the parts of a
//! history keeps what was seen in them.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::finding::{Finding, Witness};
use crate::history::Scene;
use crate::marker::Found;
use crate::name::UserName;
use crate::observation::{Observation, What};
use crate::place::Place;
use crate::properties::{Property, Scope};

/// A map whose order nothing depends on.
pub(crate) type Map<K, V> = HashMap<K, V, FixedState>;

/// A place as a small number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PlaceId(u32);

/// A session as a small number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SessionId(u32);

/// A user as a small number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct UserId(u32);

/// What is known of one place.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) id: PlaceId,
    pub(crate) session: SessionId,
    /// `None` for a stranger.
    pub(crate) user: Option<UserId>,
}

/// Every place that was seen, by number.
#[derive(Debug, Default)]
pub(crate) struct Places {
    known: Map<Place, Known>,
    names: Vec<Place>,
    sessions: Map<(Option<UserName>, String), SessionId>,
    users: Map<UserName, UserId>,
}

impl Places {
    fn of(&mut self, place: &Place) -> Known {
        if let Some(known) = self.known.get(place) {
            return known.clone();
        }
        let n_sessions = number(self.sessions.len());
        let session = (place.user.clone(), place.session.clone());
        let n_users = number(self.users.len());
        let known = Known {
            id: PlaceId(number(self.names.len())),
            session: *self
                .sessions
                .entry(session)
                .or_insert(SessionId(n_sessions)),
            user: place
                .user
                .as_ref()
                .map(|user| *self.users.entry(user.clone()).or_insert(UserId(n_users))),
        };
        self.names.push(place.clone());
        self.known.insert(place.clone(), known.clone());
        known
    }

    /// The place of this number.
    pub(crate) fn name(&self, id: PlaceId) -> &Place {
        &self.names[id.0 as usize]
    }
}

/// So many places would not fit into memory.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// One observation, with what all properties ask of it.
pub(crate) struct Seen<'a> {
    pub(crate) seq: u64,
    /// Microseconds since the recorder started.
    pub(crate) at_us: u64,
    pub(crate) place: &'a Place,
    pub(crate) what: &'a What,
    pub(crate) id: PlaceId,
    pub(crate) session: SessionId,
    pub(crate) user: Option<UserId>,
    /// Each marker in its bytes once, in the order in which they stand there.
    pub(crate) markers: &'a [Found],
    pub(crate) places: &'a Places,
}

impl Seen<'_> {
    /// A witness of an event or answer.
    pub(crate) fn witness(&self, says: String) -> Witness {
        let (event, frame) = match self.what {
            What::Received { event, frame, .. } => (Some(event.clone()), frame.clone()),
            What::Answered { frame, .. } => (None, frame.clone()),
            What::Refused { reason }
            | What::Left {
                by_server: Some(reason),
            } => (None, reason.clone()),
            _ => (None, String::new()),
        };
        Witness {
            seq: Some(self.seq),
            says,
            frame,
            event,
        }
    }
}

/// A property at work.
pub(crate) trait Judge: Send {
    /// Looks at the next observation.
    fn see(&mut self, seen: &Seen<'_>);
    /// Says what was found.
    fn end(self: Box<Self>) -> Finding;
}

/// Several properties at work on one history.
pub struct Judging {
    scene: Scene,
    places: Places,
    judges: Vec<AtWork>,
    markers: Vec<Found>,
}

/// A property at work on the part that is seen now.
struct AtWork {
    property: &'static Property,
    judge: Box<dyn Judge>,
    /// What it found in the parts before.
    found: Option<Finding>,
}

impl AtWork {
    fn start(property: &'static Property, scene: &Scene) -> Self {
        Self {
            property,
            judge: (property.start)(scene),
            found: None,
        }
    }

    fn end(self) -> Finding {
        let found = self.judge.end();
        match self.found {
            Some(before) => before.and(found),
            None => found,
        }
    }

    /// Begins anew, as in a history of its own.
    fn next_part(&mut self, scene: &Scene) {
        if self.property.scope == Scope::Part {
            let judge = std::mem::replace(&mut self.judge, (self.property.start)(scene));
            let found = judge.end();
            self.found = Some(match self.found.take() {
                Some(before) => before.and(found),
                None => found,
            });
        }
    }
}

impl Judging {
    /// Begins with nothing seen.
    pub fn start(scene: &Scene, properties: impl IntoIterator<Item = &'static Property>) -> Self {
        let properties = properties.into_iter();
        Self {
            scene: scene.clone(),
            places: Places::default(),
            judges: properties
                .map(|property| AtWork::start(property, scene))
                .collect(),
            markers: Vec::new(),
        }
    }

    /// Looks at the next observation.
    pub fn see(&mut self, observation: &Observation) {
        if let What::PartBegan { .. } = observation.what {
            self.places = Places::default();
            for at_work in &mut self.judges {
                at_work.next_part(&self.scene);
            }
        }
        let Known { id, session, user } = self.places.of(&observation.place);
        let bytes = match &observation.what {
            What::Received { frame, .. } | What::Answered { frame, .. } => frame.as_bytes(),
            What::Refused { reason }
            | What::Left {
                by_server: Some(reason),
            } => reason.as_bytes(),
            _ => &[],
        };
        self.markers.clear();
        for found in Found::all(bytes) {
            if !self.markers.contains(&found) {
                self.markers.push(found);
            }
        }
        let seen = Seen {
            seq: observation.seq,
            at_us: observation.at_us,
            place: &observation.place,
            what: &observation.what,
            id,
            session,
            user,
            markers: &self.markers,
            places: &self.places,
        };
        for at_work in &mut self.judges {
            at_work.judge.see(&seen);
        }
    }

    /// What each property found, in the order in which they were named.
    pub fn end(self) -> Vec<(&'static Property, Finding)> {
        let judges = self.judges.into_iter();
        judges
            .map(|at_work| (at_work.property, at_work.end()))
            .collect()
    }
}

/// The last so many things of each user, with what was said of them: an attack is on what is there now.
#[derive(Debug)]
pub(crate) struct Recent<V> {
    /// How many of each user.
    most: usize,
    by_key: Map<u64, V>,
    of_user: Map<Option<UserId>, std::collections::VecDeque<u64>>,
}

/// Things of a user that are remembered.
const REMEMBERED: usize = 1000;

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Self::of(REMEMBERED)
    }
}

impl<V> Recent<V> {
    /// Remembers so many of each user.
    pub(crate) fn of(most: usize) -> Self {
        Self {
            most,
            by_key: Map::default(),
            of_user: Map::default(),
        }
    }

    pub(crate) fn insert(&mut self, user: Option<UserId>, key: u64, value: V) {
        let of_user = self.of_user.entry(user).or_default();
        if self.by_key.insert(key, value).is_none() {
            of_user.push_back(key);
        }
        if of_user.len() > self.most
            && let Some(oldest) = of_user.pop_front()
        {
            self.by_key.remove(&oldest);
        }
    }

    pub(crate) fn get(&self, key: u64) -> Option<&V> {
        self.by_key.get(&key)
    }

    pub(crate) fn get_mut(&mut self, key: u64) -> Option<&mut V> {
        self.by_key.get_mut(&key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// bob sees amy's marker in `what`.
    fn leaked(what: impl Fn(&str) -> What) -> Witness {
        let mut history = crate::notation::history("amy+ bob+");
        let marker = crate::Marker::new(&UserName::from("amy"), 1);
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
        let property = crate::properties::named("no_foreign_events").expect("listed");
        let mut found = property.judge(&history);
        assert_eq!(found.witnesses.len(), 1, "{found:?}");
        found.witnesses.remove(0)
    }

    #[test]
    fn a_witness_shows_where_the_marker_stood() {
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
            assert!(witness.frame.starts_with("<amk"), "{witness:?}");
            assert_eq!(witness.seq, Some(6));
        }
    }

    #[test]
    fn what_is_remembered_of_a_user_is_bounded() {
        let mut recent = Recent::default();
        let (amy, bob) = (Some(UserId(1)), Some(UserId(2)));
        recent.insert(bob, 0, "bob's");
        for key in 1..=REMEMBERED as u64 + 1 {
            recent.insert(amy, key, "amy's");
        }
        assert_eq!(recent.get(0), Some(&"bob's"), "another user's stays");
        assert_eq!(recent.get(1), None);
        assert_eq!(recent.get(2), Some(&"amy's"));
        assert_eq!(recent.by_key.len(), REMEMBERED + 1);
    }
}
