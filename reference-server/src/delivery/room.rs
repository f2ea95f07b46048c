//! One session's room: its sockets, its sequence numbers, and the events it keeps for sockets that come back.
//!
//! A room has two locks. The state is locked for moments and never during file access. Each event is sent to every
//! socket under it, so a socket joins either before an event or after it, and its `ready` says which. The pen
//! is held by the task that writes the room's journal, off the async threads, from the numbering of an event until the
//! event was sent. So events are sent in the order of their numbers, and each is written before any
//! socket has it. The order is pen before state: a task that holds the state never waits for the pen.

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
    /// `None` until the room is opened for the first time.
    pen: Arc<tokio::sync::Mutex<Option<Journal>>>,
}

/// The right to write the room's journal, and to number its events.
pub(crate) type Pen = OwnedMutexGuard<Option<Journal>>;

#[derive(Debug, Default)]
struct RoomState {
    /// The number of the last event.
    seq: u64,
    kept: VecDeque<Kept>,
    kept_bytes: usize,
    /// The journal has been read, so `seq` is correct.
    open: bool,
    /// The room was restored from the last process, and no socket has come back yet.
    restored: bool,
    sockets: HashMap<Sid, SocketRef>,
    live_logs: bool,
    deserted: Option<Instant>,
    closed: bool,
}

impl RoomState {
    /// Whether the room has had no socket for longer than `keep_for`.
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

/// What all rooms share.
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

    /// Reads what the last process left, unless that was done before. Until a socket joins, the room counts as
    /// deserted.
    pub(crate) async fn open(&self, journals: &Journals) {
        // A socket that comes back to an open room need not wait for a write.
        if !lock(&self.state).open {
            self.pen(journals).await;
        }
    }

    /// Takes the pen, and opens the room if necessary. `None` if the room is closed.
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

    /// Opens what the last process left, before anybody is served. Blocks on the disk.
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

    /// Adds a socket, sends it `ready` and returns the number in it.
    pub(crate) fn join(&self, socket: SocketRef, keep_for: Duration) -> u64 {
        let mut state = lock(&self.state);
        if state.is_forgotten(keep_for) {
            state.forget();
        }
        let seq = state.seq;
        tracing::debug!(room = %self.label(), "a socket joins");
        let ready = json!({ "seq": seq, "session": self.session.public() });
        let cannot_join = state.closed || !state.open;
        if cannot_join || socket.emit("ready", &ready).is_err() {
            // Its session has ended since it was checked, or the client has disconnected. The lock is released first,
            // because disconnecting a socket runs its handlers.
            drop(state);
            transports::send_away(socket);
        } else {
            state.deserted = None;
            state.sockets.insert(socket.id, socket);
        }
        seq
    }

    /// FAULTS ISO10 and ISO12: a socket silently gets the events of this room.
    pub(crate) fn let_in(&self, socket: SocketRef) {
        lock(&self.state).sockets.insert(socket.id, socket);
    }

    pub(crate) fn socket(&self, socket: Sid) -> Option<SocketRef> {
        lock(&self.state).sockets.get(&socket).cloned()
    }

    pub(crate) fn count_sockets(&self) -> usize {
        lock(&self.state).sockets.len()
    }

    /// Removes one socket; the others of the session stay.
    pub(crate) fn leave(&self, socket: Sid, fault: &Open) {
        let mut state = lock(&self.state);
        state.sockets.remove(&socket);
        // FAULT ISO03: the session's sockets are not counted, so the first that leaves removes them all.
        if fault.is(Fault::Iso03) {
            state.sockets.clear();
        }
        if state.sockets.is_empty() {
            state.deserted = Some(Instant::now());
            state.live_logs = false;
        }
    }

    /// Closes the room and disconnects its sockets at once. The journal is removed once the current write has ended,
    /// even if nobody awaits the returned task.
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

    /// Numbers the events, writes them and sends them. A slow disk delays only this room.
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

    /// The events that are for this room. `None` if there are none.
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
        // A socket may have come back during the write.
        let keep = batch.keep || !state.is_forgotten(shared.keep_for);
        // FAULT REORDERED: numbered in order, but sent from a stack.
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

    /// Sends an event to every socket. Returns the sockets that cannot take it; they are no longer in the room.
    fn send(
        &self,
        state: &mut RoomState,
        event: &Event,
        (meta, (_, text)): &Numbered,
        shared: &Shared,
    ) -> Vec<SocketRef> {
        let arguments = (&event.payload, meta);
        // FAULT DOUBLED: an emit is retried although it succeeded.
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
                // The event that exceeds the bound is still sent; then its client is cut off.
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
        // FAULT LOST-ON-RESUME: missed events are looked up under the new socket, which has none.
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

    /// Whether this room was restored from the last process. True only once, for the first socket that comes back.
    pub(crate) fn take_restored(&self) -> bool {
        std::mem::take(&mut lock(&self.state).restored)
    }

    /// Turns live logs on or off, after the current write: once a client knows that logs are off, it gets no more
    /// lines.
    pub(crate) async fn set_live_logs(&self, on: bool) {
        let _pen = self.pen.lock().await;
        lock(&self.state).live_logs = on;
    }

    /// Drops the kept events if there has been no socket for too long, and closes the file as soon as there is no
    /// socket. A room that is being written is skipped until the next call. True if there was work.
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
        // Not awaited: only tasks that need the pen have to wait for it.
        drop(tokio::task::spawn_blocking(move || {
            let Some(journal) = pen.as_mut() else { return };
            if shorten {
                journal.shorten(seq);
            }
            journal.close_file();
        }));
        true
    }

    /// The room's name from the deployment guide. For the log only; it is not a key.
    pub(crate) fn label(&self) -> String {
        format!("user_{}_{}", self.user, self.session.short())
    }
}

#[cfg(test)]
impl Room {
    /// Holds the pen, as a slow write does.
    pub(crate) async fn hold_pen(&self) -> Pen {
        Arc::clone(&self.pen).lock_owned().await
    }
}

/// Runs work with files off the async threads. `None` if the work panicked, or the runtime ended first.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended
        .inspect_err(|error| tracing::error!(%error, "a journal was not written"))
        .ok()
}
