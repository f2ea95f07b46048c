//! The rooms: one for each session that is logged in, with its sockets, its numbers and what it keeps.
//!
//! A room's lock is held while an event gets its number and goes to every socket, so that a socket
//! joins before an event or after it, and its `ready` says exactly which. A socket that cannot take an
//! event is disconnected: it comes back and resumes, instead of missing one number in silence.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use serde_json::{Value, json};
use socketioxide::extract::SocketRef;
use socketioxide::socket::Sid;

use crate::fault::{Fault, Open};
use crate::sessions::{SessionKey, UserId};
use crate::wire::{Event, Meta};

/// Events that a session's room keeps for `resume`.
const KEPT: usize = 1000;

/// Which of a user's rooms an event is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    All,
    /// Those whose session turned live logs on.
    LiveLogs,
}

#[derive(Debug)]
pub(crate) struct Room {
    user: UserId,
    session: SessionKey,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    seq: u64,
    kept: VecDeque<(u64, Value)>,
    sockets: HashMap<Sid, SocketRef>,
    live_logs: bool,
    deserted: Option<Instant>,
    closed: bool,
}

impl State {
    /// The last socket has been gone for too long.
    fn is_forgotten(&self, keep_for: Duration) -> bool {
        self.deserted
            .is_some_and(|since| since.elapsed() > keep_for)
    }
}

/// Every room, by its owner. The key is the pair itself, so that no two names can meet in one text.
pub(crate) struct Rooms {
    by_user: Mutex<HashMap<UserId, HashMap<SessionKey, Arc<Room>>>>,
    /// How long a room without a socket keeps events.
    keep_for: Duration,
    fault: Open,
    emit_errors: Counter,
}

impl Rooms {
    pub(crate) fn new(keep_for: Duration, fault: Open, emit_errors: Counter) -> Self {
        Self {
            by_user: Mutex::default(),
            keep_for,
            fault,
            emit_errors,
        }
    }

    /// Joins a socket to its session's room, tells it `ready` and gives the room and the number.
    pub(crate) fn join(
        &self,
        user: &UserId,
        session: &SessionKey,
        socket: SocketRef,
    ) -> (Arc<Room>, u64) {
        let room = self.room(user, session);
        let seq = self.join_room(&room, socket);
        (room, seq)
    }

    fn join_room(&self, room: &Room, socket: SocketRef) -> u64 {
        let mut state = lock(&room.state);
        if state.is_forgotten(self.keep_for) {
            state.kept.clear();
        }
        let seq = state.seq;
        tracing::debug!(room = %room.label(), "a socket joins");
        if state.closed || socket.emit("ready", &json!({ "seq": seq })).is_err() {
            // Its session ended between the look at it and now, or the client is gone already.
            let _ = socket.disconnect();
        } else {
            state.deserted = None;
            state.sockets.insert(socket.id, socket);
        }
        seq
    }

    /// FAULT ISO10: a socket of `room` joins the rooms of whoever `named` is about.
    pub(crate) fn join_named(&self, room: &Room, socket: Sid, named: &str) {
        let Some(socket) = lock(&room.state).sockets.get(&socket).cloned() else {
            return;
        };
        for (user, rooms) in lock(&self.by_user).iter() {
            if !named.split('_').any(|part| part == user.to_string()) {
                continue;
            }
            for room in rooms.values() {
                lock(&room.state).sockets.insert(socket.id, socket.clone());
            }
        }
    }

    /// FAULT ISO12: a handler that had to look something up joins the socket again, gone or not.
    pub(crate) async fn join_late(&self, room: &Room, socket: Sid) {
        let socket = lock(&room.state).sockets.get(&socket).cloned();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut state = lock(&room.state);
        if let Some(socket) = socket {
            state.sockets.insert(socket.id, socket);
        }
    }

    /// The session's room; the first to ask makes it.
    pub(crate) fn room(&self, user: &UserId, session: &SessionKey) -> Arc<Room> {
        let mut by_user = lock(&self.by_user);
        let of_user = by_user.entry(user.as_room_name(&self.fault)).or_default();
        Arc::clone(of_user.entry(session.clone()).or_insert_with(|| {
            Arc::new(Room {
                user: user.clone(),
                session: session.clone(),
                state: Mutex::default(),
            })
        }))
    }

    /// Takes one socket out; the others of the session stay.
    pub(crate) fn leave(&self, room: &Room, socket: Sid) {
        let mut state = lock(&room.state);
        state.sockets.remove(&socket);
        // FAULT ISO03: the session's sockets are not counted, so the first to go takes all with it.
        if self.fault.is(Fault::Iso03) {
            state.sockets.clear();
        }
        if state.sockets.is_empty() {
            state.deserted = Some(Instant::now());
            state.live_logs = false;
        }
    }

    /// Ends a session's room and disconnects its sockets.
    pub(crate) fn close(&self, session: &SessionKey) {
        // FAULT ISO09: the room was chosen at connect, and nobody looks again.
        if self.fault.is(Fault::Iso09) {
            return;
        }
        let mut closing = Vec::new();
        let mut by_user = lock(&self.by_user);
        by_user.retain(|_, rooms| {
            closing.extend(rooms.remove(session));
            !rooms.is_empty()
        });
        drop(by_user);
        for room in closing {
            let sockets: Vec<SocketRef> = {
                let mut state = lock(&room.state);
                state.closed = true;
                state.sockets.drain().map(|(_, socket)| socket).collect()
            };
            tracing::debug!(room = %room.label(), sockets = sockets.len(), "the room closes");
            for socket in sockets {
                // The client may have gone by itself.
                let _ = socket.disconnect();
            }
        }
    }

    /// Numbers the events in each of the user's rooms and sends them.
    pub(crate) fn deliver(&self, user: &UserId, events: &[Event], audience: Audience) {
        for room in self.rooms_of(user) {
            let failed = room.deliver(events, audience, self.keep_for, &self.fault);
            self.emit_errors.inc_by(failed);
        }
        for event in events {
            // FAULT RARE: a slip that happens once in a thousand times.
            if self.fault.every(Fault::Rare, 1000)
                && let Some(other) = self.users().iter().find(|other| *other != user)
            {
                for room in self.rooms_of(other) {
                    room.deliver(
                        std::slice::from_ref(event),
                        audience,
                        self.keep_for,
                        &self.fault,
                    );
                }
            }
        }
    }

    fn rooms_of(&self, user: &UserId) -> Vec<Arc<Room>> {
        let by_user = lock(&self.by_user);
        // FAULT ISO01: the user's rooms are those whose name begins like theirs.
        if self.fault.is(Fault::Iso01) {
            let start = format!("user_{user}_");
            let all = by_user.values().flat_map(HashMap::values);
            return all
                .filter(|room| room.label().starts_with(&start))
                .cloned()
                .collect();
        }
        by_user
            .get(&user.as_room_name(&self.fault))
            .into_iter()
            .flat_map(HashMap::values)
            .cloned()
            .collect()
    }

    /// Everybody who has a room.
    pub(crate) fn users(&self) -> Vec<UserId> {
        lock(&self.by_user).keys().cloned().collect()
    }

    /// Sockets in all rooms.
    pub(crate) fn count_sockets(&self) -> usize {
        lock(&self.by_user)
            .values()
            .flat_map(HashMap::values)
            .map(|room| lock(&room.state).sockets.len())
            .sum()
    }
}

impl Room {
    /// Gives how many sockets could not take an event, and are gone for that.
    fn deliver(
        &self,
        events: &[Event],
        audience: Audience,
        keep_for: Duration,
        fault: &Open,
    ) -> u64 {
        let mut lost = 0;
        let mut state = lock(&self.state);
        if state.closed || (audience == Audience::LiveLogs && !state.live_logs) {
            return lost;
        }
        let forgotten = state.is_forgotten(keep_for);
        // FAULT REORDERED: numbered in order, and sent from a stack.
        let mut order: Vec<(u64, &Event)> = (state.seq + 1..).zip(events).collect();
        if fault.is(Fault::Reordered) {
            order.reverse();
        }
        state.seq += events.len() as u64;
        for (number, event) in order {
            let meta = Meta {
                seq: number,
                action: event.action.clone(),
                queued_at: event.queued_at,
            };
            if forgotten {
                state.kept.clear();
            } else {
                state
                    .kept
                    .push_back((number, json!([event.name, event.payload, meta])));
                if state.kept.len() > KEPT {
                    state.kept.pop_front();
                }
            }
            let arguments = (&event.payload, &meta);
            // FAULT DOUBLED: an emit that is tried again after it went through.
            if fault.every(Fault::Doubled, 2) {
                for socket in state.sockets.values() {
                    let _ = socket.emit(event.name, &arguments);
                }
            }
            let failed: Vec<Sid> = state
                .sockets
                .iter()
                .filter(|(_, socket)| socket.emit(event.name, &arguments).is_err())
                .map(|(sid, _)| *sid)
                .collect();
            for sid in failed {
                tracing::warn!(room = %self.label(), event = event.name, "a socket cannot take an event and is disconnected");
                lost += 1;
                if let Some(socket) = state.sockets.remove(&sid) {
                    let _ = socket.disconnect();
                }
            }
        }
        lost
    }

    /// The events after `last` up to `until`, and whether none of them is missing.
    pub(crate) fn missed(&self, last: u64, until: u64, fault: &Open) -> (Vec<Value>, bool) {
        // FAULT LOST-ON-RESUME: what the room keeps is looked up by the new socket, which has none.
        if fault.is(Fault::LostOnResume) {
            return (Vec::new(), true);
        }
        let state = lock(&self.state);
        let missed: Vec<Value> = state
            .kept
            .iter()
            .filter(|(seq, _)| *seq > last && *seq <= until)
            .map(|(_, event)| event.clone())
            .collect();
        let complete = last <= until && missed.len() as u64 == until - last;
        (missed, complete)
    }

    pub(crate) fn set_live_logs(&self, on: bool) {
        lock(&self.state).live_logs = on;
    }

    /// The guide's name of the room, for the log alone: it is not the key.
    fn label(&self) -> String {
        format!("user_{}_{}", self.user, self.session.short())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
