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
    pub(crate) is_tab: bool,
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
        let ids = PlaceIds {
            place: PlaceId(number(self.names.len())),
            session: *self
                .sessions
                .entry(session)
                .or_insert(SessionId(n_sessions)),
            user: place.user.as_ref().map(|user| self.user(user)),
            is_tab: place.tab.is_some(),
        };
        self.names.push(place.clone());
        self.known.insert(place.clone(), ids);
        ids
    }

    /// The number of a user.
    pub(crate) fn user(&mut self, user: &UserName) -> UserId {
        let next = UserId(number(self.users.len()));
        *self.users.entry(user.clone()).or_insert(next)
    }

    /// The number of a user who was seen.
    pub(crate) fn known_user(&self, user: &UserName) -> Option<UserId> {
        self.users.get(user).copied()
    }

    /// The numbers of a place that was seen.
    pub(crate) fn at(&self, id: PlaceId) -> PlaceIds {
        self.known[self.name(id)]
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
