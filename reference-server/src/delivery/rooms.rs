//! The rooms, one for each session that is logged in, grouped by user.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use prometheus_client::metrics::counter::Counter;
use socketioxide::extract::SocketRef;
use socketioxide::socket::Sid;
use tokio::task::JoinHandle;

use crate::delivery::journal::Journals;
use crate::delivery::outgoing::Outgoing;
use crate::delivery::room::{Room, Shared};
use crate::ground::fault::{Fault, Open};
use crate::ground::lock::lock;
use crate::identity::session_key::SessionKey;
use crate::identity::sessions::UserId;

/// Rooms that a sweep tidies at most, so that many of them do not keep others from the disk.
const RESTING: usize = 256;

/// Every room, by its owner. The key is the pair (user, session), so that no two names can collide in one text.
pub(crate) struct Rooms {
    /// Held for moments, and never while a room's lock is taken, except under the fault ISO10.
    by_user: Mutex<HashMap<UserId, HashMap<SessionKey, Arc<Room>>>>,
    shared: Shared,
}

impl Rooms {
    pub(crate) fn new(
        keep_for: Duration,
        journals: Journals,
        fault: Open,
        emit_errors: Counter,
    ) -> Self {
        Self {
            by_user: Mutex::default(),
            shared: Shared {
                keep_for,
                journals,
                fault,
                emit_errors,
            },
        }
    }

    /// Opens the rooms that the last process left, with their numbers and kept events. Removes journals of sessions
    /// that no longer exist. Blocks on the disk, before anybody is served.
    pub(crate) fn restore(&self, logins: &[(UserId, SessionKey)]) -> io::Result<()> {
        let by_key: HashMap<&str, &(UserId, SessionKey)> = logins
            .iter()
            .map(|login| (login.1.as_str(), login))
            .collect();
        for key in self.shared.journals.keys()? {
            // FAULT FORGETS-ON-RESTART: events and numbers are only in memory.
            let forgets = self.shared.fault.is(Fault::ForgetsOnRestart);
            if let Some((user, session)) = by_key.get(key.as_str()).filter(|_| !forgets) {
                self.room(user, session).restore(&self.shared.journals);
            } else if let Err(error) = self.shared.journals.remove(&key) {
                tracing::warn!(%error, %key, "cannot remove the journal of a session that no longer exists");
            }
        }
        Ok(())
    }

    /// Drops the kept events of rooms that have had no socket for too long.
    pub(crate) fn forget_deserted(&self) {
        let all = self.all();
        let rested = all.iter().filter(|room| room.rest(self.shared.keep_for));
        rested.take(RESTING).for_each(drop);
    }

    /// Opens the session's room, with its number and kept events.
    pub(crate) async fn open(&self, user: &UserId, session: &SessionKey) -> Arc<Room> {
        let room = self.room(user, session);
        room.open(&self.shared.journals).await;
        room
    }

    /// Adds a socket to its session's open room, sends it `ready` and returns the number in it.
    pub(crate) fn join(&self, room: &Room, socket: SocketRef) -> u64 {
        room.join(socket, self.shared.keep_for)
    }

    /// FAULT ISO10: a socket of `room` joins the rooms of every user whose name occurs in `named`.
    pub(crate) fn join_named(&self, room: &Room, socket: Sid, named: &str) {
        let Some(socket) = room.socket(socket) else {
            return;
        };
        for (user, rooms) in lock(&self.by_user).iter() {
            if !named.split('_').any(|part| part == user.to_string()) {
                continue;
            }
            for room in rooms.values() {
                room.let_in(socket.clone());
            }
        }
    }

    /// FAULT ISO12: a slow handler adds the socket again, even if it has disconnected.
    pub(crate) async fn join_late(&self, room: &Room, socket: Sid) {
        let socket = room.socket(socket);
        tokio::time::sleep(Duration::from_millis(50)).await;
        if let Some(socket) = socket {
            room.let_in(socket);
        }
    }

    /// The session's room. The first call creates it.
    pub(crate) fn room(&self, user: &UserId, session: &SessionKey) -> Arc<Room> {
        let mut by_user = lock(&self.by_user);
        let of_user = by_user
            .entry(user.as_room_name(&self.shared.fault))
            .or_default();
        let make = || Arc::new(Room::new(user.clone(), session.clone()));
        Arc::clone(of_user.entry(session.clone()).or_insert_with(make))
    }

    /// Removes one socket; the others of the session stay.
    pub(crate) fn leave(&self, room: &Room, socket: Sid) {
        room.leave(socket, &self.shared.fault);
    }

    /// Closes a session's room and disconnects its sockets at once. Its journal is removed a little later: the returned
    /// tasks end when that is done.
    pub(crate) fn close(&self, session: &SessionKey) -> Vec<JoinHandle<()>> {
        // FAULT ISO09: the room was chosen at connect, and nobody checks again.
        if self.shared.fault.is(Fault::Iso09) {
            return Vec::new();
        }
        let mut closing = Vec::new();
        let mut by_user = lock(&self.by_user);
        by_user.retain(|_, rooms| {
            closing.extend(rooms.remove(session));
            !rooms.is_empty()
        });
        drop(by_user);
        let closing = closing.iter().map(|room| room.close(&self.shared.journals));
        closing.collect()
    }

    /// Numbers the events in each of the user's rooms, writes them and sends them.
    pub(crate) async fn deliver(&self, user: &UserId, events: &[Outgoing]) {
        let rooms = self.rooms_of(user);
        join_all(rooms.iter().map(|room| room.deliver(events, &self.shared))).await;
        for event in events {
            // FAULT RARE: a slip that happens once in a thousand events.
            if self.shared.fault.every(Fault::Rare, 1000)
                && let Some(other) = self.users().iter().find(|other| *other != user)
            {
                for room in self.rooms_of(other) {
                    room.deliver(std::slice::from_ref(event), &self.shared)
                        .await;
                }
            }
        }
    }

    fn rooms_of(&self, user: &UserId) -> Vec<Arc<Room>> {
        let by_user = lock(&self.by_user);
        // FAULT ISO01: the user's rooms are found by the beginning of their names.
        if self.shared.fault.is(Fault::Iso01) {
            let start = format!("user_{user}_");
            let all = by_user.values().flat_map(HashMap::values);
            return all
                .filter(|room| room.label().starts_with(&start))
                .cloned()
                .collect();
        }
        by_user
            .get(&user.as_room_name(&self.shared.fault))
            .into_iter()
            .flat_map(HashMap::values)
            .cloned()
            .collect()
    }

    /// Everybody who has a room.
    pub(crate) fn users(&self) -> Vec<UserId> {
        lock(&self.by_user).keys().cloned().collect()
    }

    /// The number of sockets in all rooms.
    pub(crate) fn count_sockets(&self) -> usize {
        self.all().iter().map(|room| room.count_sockets()).sum()
    }

    /// Every room that exists now. A copy, so that looking into one room does not keep all others waiting.
    fn all(&self) -> Vec<Arc<Room>> {
        let by_user = lock(&self.by_user);
        by_user
            .values()
            .flat_map(HashMap::values)
            .cloned()
            .collect()
    }
}
