//! A judge is shown one exhibit after the other, and says at the end what it found.
//!
//! An exhibit is an observation with its place as small numbers (`ids`), the markers in its bytes, and what was
//! `declared`: which action, membership or value of the server is meant for whom. A judge may keep what grows with users, sessions and events on their way. Of what each user did it keeps only
//! the `recent`.

mod ids;
mod recent;
mod members;
mod sight;
mod reach;
mod action;
mod secrets;
mod streams;
mod declared;
mod exhibit;

pub(crate) use self::action::{ActionAnswer, DeclaredAction};
pub(crate) use self::declared::Declared;
pub(crate) use self::exhibit::Exhibit;
pub(crate) use self::ids::{PlaceId, PlaceIds, Places, SessionId, UserId};
pub(crate) use self::members::{Answer, GroupId, MemberId};
pub(crate) use self::recent::Recent;
#[cfg(test)]
pub(crate) use self::secrets::{are_two_users, is_unguessable, mixed};
pub(crate) use self::sight::{Ground, Sight};
pub(crate) use self::streams::Streams;
use crate::finding::Finding;

/// A property at work on one history, or on one part of it.
pub(crate) trait Judge: Send {
    /// Looks at the next exhibit.
    fn see(&mut self, exhibit: &Exhibit<'_>);
    /// Says what was found.
    fn end(self: Box<Self>) -> Finding;
}
