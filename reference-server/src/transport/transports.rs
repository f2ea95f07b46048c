//! The transports of Engine.IO: which session opened each, what it may still do, and how it is cut off.
//!
//! The library closes a socket and leaves its transport to the client; where its buffer is full it closes
//! neither. So each transport is known here from the request that opened it, and can be cut from outside.

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

/// A client that was told to go has so long to read it.
const FAREWELL: Duration = Duration::from_secs(1);

/// One transport. The request that opened it keeps this for exactly as long as the transport lives.
pub(crate) struct Transport {
    session: SessionKey,
    /// The request that opened it: what its socket does is logged under that id.
    request: Span,
    slot: Slot,
    turns: Mutex<Bucket>,
    has_joined: AtomicBool,
    has_resumed: AtomicBool,
    cut: CancellationToken,
    /// Connections that carry this transport alone: its WebSocket's. A poll's also carries other requests.
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

    /// Whether this is its first socket. Who leaves it could have another, and its turns and its `resume` again.
    pub(crate) fn may_join(&self) -> bool {
        !self.has_joined.swap(true, Ordering::Relaxed)
    }

    /// Whether this is the first time that it asks for what it has missed: each answer may be large.
    pub(crate) fn may_resume(&self) -> bool {
        !self.has_resumed.swap(true, Ordering::Relaxed)
    }

    /// A connection that has become its WebSocket's goes with it.
    pub(crate) fn carried_by(self: &Arc<Self>, connection: &Hangup) {
        // Weakly: the connection must not keep the transport whose end hangs it up.
        let transport = Arc::downgrade(self);
        let connection = connection.carry(move |bytes| {
            if let Some(transport) = transport.upgrade() {
                transport.taken(bytes);
            }
        });
        let mut connections = lock(&self.connections);
        connections.retain(|connection| !connection.is_gone());
        if self.is_cut() {
            connection.hang_up();
        }
        connections.push(connection);
    }

    /// Counts bytes that are sent to its client and wait there; one that has too many is cut off, like one
    /// whose buffer is full.
    pub(crate) fn sends(&self, bytes: usize) -> bool {
        self.slot.add(bytes as u64)
    }

    pub(crate) fn taken(&self, bytes: u64) {
        self.slot.taken(bytes);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.cut.is_cancelled()
    }

    /// Answers when it is cut.
    pub(crate) async fn until_cut(&self) {
        self.cut.cancelled().await;
    }

    /// Nothing comes in from here on, and nothing goes out.
    pub(crate) fn cut(&self) {
        self.cut.cancel();
        lock(&self.connections).iter().for_each(MaybeGone::hang_up);
    }
}

/// Cuts a client off without a word: it takes its connection for lost, comes back by itself and resumes.
pub(crate) fn cut_off(socket: &SocketRef) {
    if let Some(transport) = Transport::of(socket) {
        transport.cut();
    }
}

/// Tells a client that it is disconnected, after which it does not come back by itself, and closes its
/// transport if it does not.
pub(crate) fn send_away(socket: SocketRef) {
    let transport = Transport::of(&socket).cloned();
    let told = socket.disconnect().is_ok();
    let Some(transport) = transport else { return };
    if told {
        tokio::spawn(async move {
            tokio::time::sleep(FAREWELL).await;
            transport.cut();
        });
    } else {
        transport.cut();
    }
}

/// The transports by the ids that their clients name. Each lives as long as the library keeps it.
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

    /// The transport of this id, when this session opened it and it is not cut.
    pub(crate) fn find(&self, sid: &str, session: &SessionKey) -> Option<Arc<Transport>> {
        let transport = lock(&self.0).get(sid).and_then(Weak::upgrade)?;
        let is_its = transport.session == *session && !transport.is_cut();
        is_its.then_some(transport)
    }
}
