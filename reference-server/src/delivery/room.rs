//! One session's room: its sockets, its numbers, and what it keeps for those that come back.
//!
//! It has two locks. The state is held for moments and never over a file: an event goes to every socket
//! under it, so that a socket joins before an event or after it, and its `ready` says exactly which. The pen
//! is held by whoever writes the room's journal, off the async threads, from an event's number until the
//! event was sent: so events go out in the order of their numbers, and each is written down before any
//! socket has it. Who holds the state never waits for the pen.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use serde_json::{Value, json};
use socketioxide::extract::SocketRef;
use socketioxide::socket::Sid;
use tokio::sync::OwnedMutexGuard;
use tokio::task::JoinHandle;

use crate::delivery::batch::{Batch, Numbered};
use crate::delivery::journal::{Journal, Journals, Kept, Restored};
use crate::delivery::outgoing::{Audience, Outgoing};
use crate::delivery::wire::{Event, Missed};
use crate::ground::fault::{Fault, Open};
use crate::ground::lock::lock;
use crate::identity::session_key::SessionKey;
use crate::identity::sessions::UserId;
use crate::transport::transports::{self, Transport};

/// Events that a session's room keeps for `resume`.
const KEPT: usize = 1000;
/// Bytes of them: a thousand of the largest messages would fill the memory.
const KEPT_BYTES: usize = 8 << 20;

#[derive(Debug)]
pub(crate) struct Room {
    user: UserId,
    session: SessionKey,
    state: Mutex<RoomState>,
    /// Nothing until somebody enters first.
    pen: Arc<tokio::sync::Mutex<Option<Journal>>>,
}

/// The right to write the room's journal, and to number its events.
pub(crate) type Pen = OwnedMutexGuard<Option<Journal>>;

#[derive(Debug, Default)]
struct RoomState {
    /// The last number that was sent.
    seq: u64,
    kept: VecDeque<Kept>,
    kept_bytes: usize,
    /// The journal has been read, so that the count is right.
    open: bool,
    /// The last process left it, and nobody has come back yet.
    restored: bool,
    sockets: HashMap<Sid, SocketRef>,
    live_logs: bool,
    deserted: Option<Instant>,
    closed: bool,
}

impl RoomState {
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
}

/// What all rooms work with.
pub(super) struct Shared {
    /// How long a room without a socket keeps events.
    pub(super) keep_for: Duration,
    pub(super) journals: Journals,
    pub(super) fault: Open,
    pub(super) emit_errors: Counter,
}

impl Room {
    pub(crate) fn new(user: UserId, session: SessionKey) -> Self {
        Self {
            user,
            session,
            state: Mutex::default(),
            pen: Arc::default(),
        }
    }

    /// Reads what the last process left, where nobody has yet. Until a socket joins, the room is deserted.
    pub(crate) async fn open(&self, journals: &Journals) {
        // Who comes back need not wait for what is being written.
        if !lock(&self.state).open {
            self.pen(journals).await;
        }
    }

    /// The pen of a room that is open; none when the room is closed.
    async fn pen(&self, journals: &Journals) -> Option<Pen> {
        let mut pen = Arc::clone(&self.pen).lock_owned().await;
        if lock(&self.state).closed {
            return None;
        }
        if pen.is_some() {
            return Some(pen);
        }
        let (journals, session) = (journals.clone(), self.session.clone());
        let read = blocking(move || {
            let (journal, restored) = journals.open(&session);
            *pen = Some(journal);
            (pen, restored)
        });
        let (pen, restored) = read.await?;
        self.begin(restored);
        Some(pen)
    }

    /// Opens what the last process left, before anybody is served. Blocking.
    pub(crate) fn restore(&self, journals: &Journals) {
        let Ok(mut pen) = self.pen.try_lock() else {
            return;
        };
        let (journal, restored) = journals.open(&self.session);
        *pen = Some(journal);
        self.begin(restored);
        lock(&self.state).restored = true;
    }

    fn begin(&self, restored: Restored) {
        let mut state = lock(&self.state);
        state.seq = restored.seq;
        let kept = restored.kept.into_iter();
        kept.for_each(|event| state.keep(event));
        state.deserted = Some(Instant::now());
        state.open = true;
    }

    /// Joins a socket, tells it `ready` and gives the number.
    pub(crate) fn join(&self, socket: SocketRef, keep_for: Duration) -> u64 {
        let mut state = lock(&self.state);
        if state.is_forgotten(keep_for) {
            state.forget();
        }
        let seq = state.seq;
        tracing::debug!(room = %self.label(), "a socket joins");
        let ready = json!({ "seq": seq, "session": self.session.public() });
        let cannot = state.closed || !state.open;
        if cannot || socket.emit("ready", &ready).is_err() {
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

    /// FAULTS ISO10 and ISO12: a socket gets what goes to this room, without a word.
    pub(crate) fn let_in(&self, socket: SocketRef) {
        lock(&self.state).sockets.insert(socket.id, socket);
    }

    pub(crate) fn socket(&self, socket: Sid) -> Option<SocketRef> {
        lock(&self.state).sockets.get(&socket).cloned()
    }

    pub(crate) fn count_sockets(&self) -> usize {
        lock(&self.state).sockets.len()
    }

    /// Takes one socket out; the others of the session stay.
    pub(crate) fn leave(&self, socket: Sid, fault: &Open) {
        let mut state = lock(&self.state);
        state.sockets.remove(&socket);
        // FAULT ISO03: the session's sockets are not counted, so the first to go takes all with it.
        if fault.is(Fault::Iso03) {
            state.sockets.clear();
        }
        if state.sockets.is_empty() {
            state.deserted = Some(Instant::now());
            state.live_logs = false;
        }
    }

    /// Closes the room and disconnects its sockets, at once. The journal goes after what is being written,
    /// also when nobody waits for it.
    pub(crate) fn close(&self, journals: &Journals) -> JoinHandle<()> {
        let sockets: Vec<SocketRef> = {
            let mut state = lock(&self.state);
            state.closed = true;
            state.forget();
            state.sockets.drain().map(|(_, socket)| socket).collect()
        };
        tracing::debug!(room = %self.label(), sockets = sockets.len(), "the room closes");
        sockets.into_iter().for_each(transports::send_away);
        let (pen, journals) = (Arc::clone(&self.pen), journals.clone());
        let session = self.session.clone();
        tokio::spawn(async move {
            let mut pen = pen.lock_owned().await;
            let remove = move || {
                *pen = None;
                journals.remove(session.as_str())
            };
            if let Some(Err(error)) = blocking(remove).await {
                tracing::error!(%error, "cannot remove the journal of an ended session");
            }
        })
    }

    /// Numbers the events, writes them down and sends them. Whose disk is slow waits alone.
    pub(super) async fn deliver(&self, events: &[Outgoing], shared: &Shared) {
        let Some(pen) = self.pen(&shared.journals).await else {
            return;
        };
        let Some(batch) = self.batch(events, &pen, shared.keep_for) else {
            return;
        };
        let write = move || {
            let mut pen = pen;
            let numbered = pen.as_mut().map(|journal| batch.write(journal));
            (pen, batch, numbered.unwrap_or_default())
        };
        let Some((pen, batch, numbered)) = blocking(write).await else {
            return;
        };
        self.send_all(&batch, numbered, shared);
        drop(pen);
    }

    /// What of it is for this room; nothing when none is.
    fn batch(&self, events: &[Outgoing], pen: &Pen, keep_for: Duration) -> Option<Batch> {
        let anew = pen.as_ref().is_some_and(Journal::is_written_anew);
        let state = lock(&self.state);
        let here = events
            .iter()
            .filter(|event| event.audience == Audience::All || state.live_logs);
        let events: Vec<Arc<Event>> = here.map(|event| Arc::clone(&event.event)).collect();
        if state.closed || events.is_empty() {
            return None;
        }
        Some(Batch {
            seq: state.seq,
            events,
            keep: !state.is_forgotten(keep_for),
            kept: if anew {
                state.kept.clone()
            } else {
                VecDeque::new()
            },
        })
    }

    fn send_all(&self, batch: &Batch, numbered: Vec<Numbered>, shared: &Shared) {
        let mut state = lock(&self.state);
        if state.closed {
            return;
        }
        let last = numbered.last().map(|(meta, _)| meta.seq);
        state.seq = last.unwrap_or(state.seq);
        // Somebody may have come back while it was written.
        let keep = batch.keep || !state.is_forgotten(shared.keep_for);
        // FAULT REORDERED: numbered in order, and sent from a stack.
        let mut order: Vec<(&Arc<Event>, Numbered)> = batch.events.iter().zip(numbered).collect();
        if shared.fault.is(Fault::Reordered) {
            order.reverse();
        }
        if !keep {
            state.forget();
        }
        let mut stuck = Vec::new();
        for (event, numbered) in order {
            stuck.extend(self.send(&mut state, event, &numbered, shared));
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
        state: &mut RoomState,
        event: &Event,
        (meta, (_, text)): &Numbered,
        shared: &Shared,
    ) -> Vec<SocketRef> {
        let arguments = (&event.payload, meta);
        // FAULT DOUBLED: an emit that is tried again after it went through.
        if shared.fault.every(Fault::Doubled, 2) {
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
            shared.emit_errors.inc();
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
        let kept: Vec<Kept> = {
            let state = lock(&self.state);
            let missed = |(seq, _): &&Kept| *seq > last && *seq <= until;
            state.kept.iter().filter(missed).cloned().collect()
        };
        let events: Vec<Value> = kept
            .iter()
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

    /// After what is being written: nobody gets a line who has been told that lines are off.
    pub(crate) async fn set_live_logs(&self, on: bool) {
        let _pen = self.pen.lock().await;
        lock(&self.state).live_logs = on;
    }

    /// Lets go of what is kept when the last socket has been gone for too long, and of the open file as soon
    /// as there is none. A room that is being written in has its turn later. True when there was work.
    pub(crate) fn rest(&self, keep_for: Duration) -> bool {
        let Ok(mut pen) = Arc::clone(&self.pen).try_lock_owned() else {
            return false;
        };
        let mut state = lock(&self.state);
        let shorten = state.is_forgotten(keep_for) && !state.kept.is_empty() && !state.closed;
        let has_file = pen.as_ref().is_some_and(Journal::has_file);
        let close = has_file && state.sockets.is_empty();
        if !(shorten || close) {
            return false;
        }
        let seq = state.seq;
        if shorten {
            state.forget();
        }
        drop(state);
        // Nobody waits for it but who needs the pen.
        drop(tokio::task::spawn_blocking(move || {
            let Some(journal) = pen.as_mut() else { return };
            if shorten {
                journal.shorten(seq);
            }
            journal.close_file();
        }));
        true
    }

    /// The guide's name of the room, for the log alone: it is not the key.
    pub(crate) fn label(&self) -> String {
        format!("user_{}_{}", self.user, self.session.short())
    }
}

#[cfg(test)]
impl Room {
    /// As a write that takes a while holds it.
    pub(crate) async fn hold_pen(&self) -> Pen {
        Arc::clone(&self.pen).lock_owned().await
    }
}

/// Work with files, off the async threads. Nothing when the runtime ends before it began.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended
        .inspect_err(|error| tracing::error!(%error, "a journal was not written"))
        .ok()
}
