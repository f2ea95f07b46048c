//! The transports of Engine.IO: which session opened each, what it may still do, and how it is cut off.
//!
//! The library closes a socket but leaves its transport to the client, and with a full buffer it closes neither.
//! So this file knows each transport from the request that opened it, and can cut it off from outside.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use socketioxide::extract::SocketRef;
use tokio_util::sync::CancellationToken;
use tracing::Span;

use crate::ground::lock::lock;
use crate::identity::session_key::SessionKey;
use crate::transport::hangup::{Hangup, MaybeGone};
use crate::transport::rate::{Bucket, Turn};
use crate::transport::slots::Slot;

/// How long a client has to read that it was disconnected.
const FAREWELL: Duration = Duration::from_secs(1);

/// One transport. The request that opened it holds this for as long as the transport lives.
pub(crate) struct Transport {
    session: SessionKey,
    /// The request that opened it. What its socket does is logged with that request's id.
    request: Span,
    slot: Slot,
    /// Held for moments, like `connections`; neither is held together with another lock.
    turns: Mutex<Bucket>,
    /// Relaxed, like the next one: each flag is read by itself.
    has_joined: AtomicBool,
    has_resumed: AtomicBool,
    cut: CancellationToken,
    /// The connections of its WebSocket, which carry nothing else. The connection of a poll also carries other
    /// requests.
    connections: Mutex<Vec<MaybeGone>>,
}

impl Transport {
    pub(crate) fn new(session: SessionKey, slot: Slot, events_per_second: u32) -> Arc<Self> {
        Arc::new(Self {
            session,
            request: Span::current(),
            slot,
            turns: Mutex::new(Bucket::new(events_per_second, Instant::now())),
            has_joined: AtomicBool::new(false),
            has_resumed: AtomicBool::new(false),
            cut: CancellationToken::new(),
            connections: Mutex::default(),
        })
    }

    /// The transport of a socket, from the request that opened it.
    pub(crate) fn of(socket: &SocketRef) -> Option<&Arc<Self>> {
        socket.req_parts().extensions.get()
    }

    pub(crate) fn session(&self) -> &SessionKey {
        &self.session
    }

    pub(crate) fn request(&self) -> &Span {
        &self.request
    }

    pub(crate) fn take_turn(&self) -> Turn {
        lock(&self.turns).take(Instant::now())
    }

    /// Whether this is its first socket. A client that leaves one could otherwise open another, with a new rate limit
    /// and a new `resume`.
    pub(crate) fn may_join(&self) -> bool {
        !self.has_joined.swap(true, Ordering::Relaxed)
    }

    /// Whether this is its first `resume`. Each answer may be large.
    pub(crate) fn may_resume(&self) -> bool {
        !self.has_resumed.swap(true, Ordering::Relaxed)
    }

    /// Notes that a connection has become its WebSocket, so that both end together.
    pub(crate) fn carried_by(self: &Arc<Self>, connection: &Hangup) {
        // A weak reference: the transport's end closes the connection, so the connection must not keep it alive.
        let transport = Arc::downgrade(self);
        let connection = connection.carry(move |bytes| {
            if let Some(transport) = transport.upgrade() {
                transport.received(bytes);
            }
        });
        let mut connections = lock(&self.connections);
        connections.retain(|connection| !connection.is_gone());
        if self.is_cut() {
            connection.hang_up();
        }
        connections.push(connection);
    }

    /// Counts bytes that wait for its client. False if there are too many: then the client is cut off, as with a full
    /// buffer.
    pub(crate) fn sends(&self, bytes: usize) -> bool {
        self.slot.add(bytes as u64)
    }

    pub(crate) fn received(&self, bytes: u64) {
        self.slot.received(bytes);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.cut.is_cancelled()
    }

    /// Returns when it is cut off.
    pub(crate) async fn until_cut(&self) {
        self.cut.cancelled().await;
    }

    /// Cuts it off: nothing more is received or sent.
    pub(crate) fn cut(&self) {
        self.cut.cancel();
        lock(&self.connections).iter().for_each(MaybeGone::hang_up);
    }
}

/// Cuts a client off without a disconnect message. The client takes the connection for lost, reconnects and resumes.
pub(crate) fn cut_off(socket: &SocketRef) {
    if let Some(transport) = Transport::of(socket) {
        transport.cut();
    }
}

/// Disconnects a client, so that it does not reconnect by itself. Cuts its transport off if the client does not close
/// it in time.
pub(crate) fn send_away(socket: SocketRef) {
    let transport = Transport::of(&socket).cloned();
    let is_sent = socket.disconnect().is_ok();
    let Some(transport) = transport else { return };
    if is_sent {
        tokio::spawn(async move {
            tokio::time::sleep(FAREWELL).await;
            transport.cut();
        });
    } else {
        transport.cut();
    }
}

/// The transports, by the ids that their clients send. Each lives as long as the library keeps it. The lock is held for
/// moments.
#[derive(Default)]
pub(crate) struct Transports(Mutex<HashMap<String, Weak<Transport>>>);

impl Transports {
    pub(crate) fn bind(&self, sid: String, transport: &Arc<Transport>) {
        let mut bound = lock(&self.0);
        bound.retain(|_, transport| transport.strong_count() > 0);
        bound.insert(sid, Arc::downgrade(transport));
    }

    pub(crate) fn release(&self, sid: &str) {
        lock(&self.0).remove(sid);
    }

    /// The transport with this id, if this session opened it and it is not cut off.
    pub(crate) fn find(&self, sid: &str, session: &SessionKey) -> Option<Arc<Transport>> {
        let transport = lock(&self.0).get(sid).and_then(Weak::upgrade)?;
        let is_its = transport.session == *session && !transport.is_cut();
        is_its.then_some(transport)
    }
}
