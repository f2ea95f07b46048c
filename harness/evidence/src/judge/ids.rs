//! Places, sessions and users as small numbers, which are cheap to compare and to keep.

use crate::hashing::Map;
use crate::name::UserName;
use crate::place::Place;

/// A place as a small number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PlaceId(u32);

/// A session as a small number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SessionId(u32);

/// A user as a small number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct UserId(u32);

/// The numbers of one place, its session and its user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlaceIds {
    pub(crate) place: PlaceId,
    pub(crate) session: SessionId,
    /// `None` for a stranger.
    pub(crate) user: Option<UserId>,
}

/// Every place that was seen, by number.
#[derive(Debug, Default)]
pub(crate) struct Places {
    known: Map<Place, PlaceIds>,
    names: Vec<Place>,
    sessions: Map<(Option<UserName>, String), SessionId>,
    users: Map<UserName, UserId>,
}

impl Places {
    /// The numbers of `place`; it gets new ones when it is seen for the first time.
    pub(crate) fn ids(&mut self, place: &Place) -> PlaceIds {
        if let Some(known) = self.known.get(place) {
            return *known;
        }
        let n_sessions = number(self.sessions.len());
        let session = (place.user.clone(), place.session.clone());
        let n_users = number(self.users.len());
        let ids = PlaceIds {
            place: PlaceId(number(self.names.len())),
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
        self.known.insert(place.clone(), ids);
        ids
    }

    /// The place with this number.
    pub(crate) fn name(&self, id: PlaceId) -> &Place {
        &self.names[id.0 as usize]
    }
}

/// More places than a `u32` can count would not fit into memory.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
