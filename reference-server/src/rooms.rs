//! The rooms: one for each session that is logged in, with its sockets, its numbers and what it keeps.
//!
//! A room's lock is held while an event gets its number and goes to every socket, so that a socket
//! joins before an event or after it, and its `ready` says exactly which. A socket that cannot take an
//! event is cut off: it comes back and resumes, instead of missing one number in silence. Before a
//! socket gets an event its room's `journal` has it, so that a restart takes away no number.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use serde_json::{Value, json};
use socketioxide::extract::SocketRef;
use socketioxide::socket::Sid;

use crate::fault::{Fault, Open};
use crate::journal::{self, Journal, Journals, Kept};
use crate::sessions::{SessionKey, UserId};
use crate::transports::{self, Transport};
use crate::wire::{Event, Meta};

/// Events that a session's room keeps for `resume`.
const KEPT: usize = 1000;
/// Bytes of them: a thousand of the largest messages would fill the memory.
const KEPT_BYTES: usize = 8 << 20;

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
    kept: VecDeque<Kept>,
    kept_bytes: usize,
    /// Opened by whoever enters first, under this room's lock and no other.
    journal: Option<Journal>,
    /// The last process left it, and nobody has come back yet.
    restored: bool,
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

    fn keep(&mut self, event: Kept) {
        self.kept_bytes += event.1.len();
        self.kept.push_back(event);
        while self.kept.len() > KEPT || self.kept_bytes > KEPT_BYTES {
            let Some((_, oldest)) = self.kept.pop_front() else {
                return;
            };
            self.kept_bytes -= oldest.len();
        }
    }

    fn forget(&mut self) {
        self.kept.clear();
        self.kept_bytes = 0;
    }

    /// Numbers the events and writes them down. A count that cannot be written down leaves every number
    /// behind that the file may still give away.
    fn number(&mut self, events: &[Event], keep: bool, journals: &Journals) -> Vec<(Meta, Kept)> {
        let mut numbered = numbered(self.seq, events);
        let kept: Vec<Kept> = numbered.iter().map(|(_, kept)| kept.clone()).collect();
        let seq = if keep {
            self.seq
        } else {
            self.seq + events.len() as u64
        };
        let events_kept = keep.then_some(kept.as_slice());
        let journal = self.journal.as_mut();
        if !journal.is_some_and(|journal| journal.append(seq, events_kept, &self.kept, journals)) {
            self.seq = journal::beyond(self.seq);
            numbered = self::numbered(self.seq, events);
        }
        self.seq += events.len() as u64;
        numbered
    }
}

fn numbered(seq: u64, events: &[Event]) -> Vec<(Meta, Kept)> {
    let number = |(seq, event): (u64, &Event)| {
        let meta = Meta {
            seq,
            action: event.action.clone(),
            queued_at: event.queued_at,
        };
        let text = json!([event.name, event.payload, meta]).to_string();
        (meta, (seq, text))
    };
    (seq + 1..).zip(events).map(number).collect()
}

/// What a socket missed.
pub(crate) struct Missed {
    pub(crate) events: Vec<Value>,
    /// How many more there were; `None` when the number that the client named is not of this count.
    pub(crate) lost: Option<u64>,
}

/// Every room, by its owner. The key is the pair itself, so that no two names can meet in one text.
pub(crate) struct Rooms {
    by_user: Mutex<HashMap<UserId, HashMap<SessionKey, Arc<Room>>>>,
    /// How long a room without a socket keeps events.
    keep_for: Duration,
    journals: Journals,
    fault: Open,
    emit_errors: Counter,
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
            keep_for,
            journals,
            fault,
            emit_errors,
        }
    }

    /// Opens the rooms that the last process left: they count and keep as before. Journals of sessions
    /// that are gone are removed.
    pub(crate) fn restore(&self, logins: &[(UserId, SessionKey)]) -> io::Result<()> {
        let by_key: HashMap<&str, &(UserId, SessionKey)> = logins
            .iter()
            .map(|login| (login.1.as_str(), login))
            .collect();
        for key in self.journals.keys()? {
            // FAULT FORGETS-ON-RESTART: what waits and how far it has come stand in the memory alone.
            let forgets = self.fault.is(Fault::ForgetsOnRestart);
            if let Some((user, session)) = by_key.get(key.as_str()).filter(|_| !forgets) {
                let room = self.room(user, session);
                let mut state = room.enter(&self.journals);
                state.restored = true;
                state.deserted = Some(Instant::now());
            } else if let Err(error) = self.journals.remove(&key) {
                tracing::warn!(%error, %key, "cannot remove the journal of a session that is gone");
            }
        }
        Ok(())
    }

    /// Lets go of what is kept in rooms whose last socket has been gone for too long.
    pub(crate) fn forget_deserted(&self) {
        for room in self.all() {
            let mut state = lock(&room.state);
            if state.is_forgotten(self.keep_for) && !state.kept.is_empty() && !state.closed {
                state.forget();
                let seq = state.seq;
                if let Some(journal) = &mut state.journal {
                    self.journals.shorten(journal, seq);
                }
            }
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
        let mut state = room.enter(&self.journals);
        if state.is_forgotten(self.keep_for) {
            state.forget();
        }
        let seq = state.seq;
        tracing::debug!(room = %room.label(), "a socket joins");
        let ready = json!({ "seq": seq, "session": room.session.public() });
        if state.closed || socket.emit("ready", &ready).is_err() {
            // Its session ended between the look at it and now, or the client is gone already. Not under
            // the lock: who disconnects a socket runs its handlers.
            drop(state);
            transports::send_away(socket);
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
                if let Err(error) = self.journals.remove(session.as_str()) {
                    tracing::error!(%error, "cannot remove the journal of an ended session");
                }
                state.sockets.drain().map(|(_, socket)| socket).collect()
            };
            tracing::debug!(room = %room.label(), sockets = sockets.len(), "the room closes");
            sockets.into_iter().for_each(transports::send_away);
        }
    }

    /// Numbers the events in each of the user's rooms and sends them.
    pub(crate) fn deliver(&self, user: &UserId, events: &[Event], audience: Audience) {
        for room in self.rooms_of(user) {
            room.deliver(events, audience, self);
        }
        for event in events {
            // FAULT RARE: a slip that happens once in a thousand times.
            if self.fault.every(Fault::Rare, 1000)
                && let Some(other) = self.users().iter().find(|other| *other != user)
            {
                for room in self.rooms_of(other) {
                    room.deliver(std::slice::from_ref(event), audience, self);
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
        let count = |room: &Arc<Room>| lock(&room.state).sockets.len();
        self.all().iter().map(count).sum()
    }

    /// Every room there is now. Whoever looks into one does not keep all others waiting.
    fn all(&self) -> Vec<Arc<Room>> {
        let by_user = lock(&self.by_user);
        by_user
            .values()
            .flat_map(HashMap::values)
            .cloned()
            .collect()
    }
}

impl Room {
    fn enter(&self, journals: &Journals) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        if state.journal.is_none() && !state.closed {
            let (journal, restored) = journals.open(&self.session);
            state.seq = restored.seq;
            restored
                .kept
                .into_iter()
                .for_each(|event| state.keep(event));
            state.journal = Some(journal);
        }
        state
    }

    fn deliver(&self, events: &[Event], audience: Audience, rooms: &Rooms) {
        let mut state = self.enter(&rooms.journals);
        if state.closed || (audience == Audience::LiveLogs && !state.live_logs) {
            return;
        }
        let keep = !state.is_forgotten(rooms.keep_for);
        let numbered = state.number(events, keep, &rooms.journals);
        // FAULT REORDERED: numbered in order, and sent from a stack.
        let mut order: Vec<(&Event, (Meta, Kept))> = events.iter().zip(numbered).collect();
        if rooms.fault.is(Fault::Reordered) {
            order.reverse();
        }
        if !keep {
            state.forget();
        }
        let mut stuck = Vec::new();
        for (event, numbered) in order {
            stuck.extend(self.send(&mut state, event, &numbered, rooms));
            if keep {
                state.keep(numbered.1);
            }
        }
        drop(state);
        stuck.iter().for_each(transports::cut_off);
    }

    /// Gives the sockets that cannot take the event. They are out of the room.
    fn send(
        &self,
        state: &mut State,
        event: &Event,
        (meta, (_, text)): &(Meta, Kept),
        rooms: &Rooms,
    ) -> Vec<SocketRef> {
        let arguments = (&event.payload, meta);
        // FAULT DOUBLED: an emit that is tried again after it went through.
        if rooms.fault.every(Fault::Doubled, 2) {
            for socket in state.sockets.values() {
                let _ = socket.emit(event.name, &arguments);
            }
        }
        let failed: Vec<Sid> = state
            .sockets
            .iter()
            .filter(|(_, socket)| {
                let sent = socket.emit(event.name, &arguments).is_ok();
                // An event that is one too many is still sent, and then its client is cut off.
                let waits = Transport::of(socket).is_none_or(|to| to.sends(text.len()));
                !(sent && waits)
            })
            .map(|(sid, _)| *sid)
            .collect();
        for _ in &failed {
            tracing::warn!(room = %self.label(), event = event.name, "a socket cannot take an event and is cut off");
            rooms.emit_errors.inc();
        }
        let stuck = failed.iter();
        stuck.filter_map(|sid| state.sockets.remove(sid)).collect()
    }

    /// The events after `last` up to `until`.
    pub(crate) fn missed(&self, last: u64, until: u64, fault: &Open) -> Missed {
        // FAULT LOST-ON-RESUME: what the room keeps is looked up by the new socket, which has none.
        if fault.is(Fault::LostOnResume) {
            return Missed {
                events: Vec::new(),
                lost: Some(0),
            };
        }
        let state = lock(&self.state);
        let events: Vec<Value> = state
            .kept
            .iter()
            .filter(|(seq, _)| *seq > last && *seq <= until)
            .filter_map(|(_, event)| serde_json::from_str(event).ok())
            .collect();
        let missed = until.checked_sub(last);
        Missed {
            lost: missed.map(|missed| missed.saturating_sub(events.len() as u64)),
            events,
        }
    }

    /// Whether this room comes from the last process and nobody was told yet what has changed since.
    pub(crate) fn take_restored(&self) -> bool {
        std::mem::take(&mut lock(&self.state).restored)
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
