//! The transports of Engine.IO: which session opened each, what it may still do, and how it is cut off.
//!
//! The library closes a socket and leaves its transport to the client; where its buffer is full it closes
//! neither. So each transport is known here from the request that opened it, and can be cut from outside.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};
use socketioxide::extract::SocketRef;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tracing::Span;

use crate::hangup::Hangup;
use crate::rate::{Bucket, Turn};
use crate::sessions::{SessionKey, UserId};

/// How long a transport may be open without a socket.
const UNUSED: Duration = Duration::from_mins(1);
/// A client that was told to go has so long to read it.
const FAREWELL: Duration = Duration::from_secs(1);

/// One transport. The request that opened it keeps this for exactly as long as the transport lives.
pub(crate) struct Transport {
    session: SessionKey,
    /// The request that opened it: what its socket does is logged under that id.
    request: Span,
    _place: Place,
    turns: Mutex<Bucket>,
    has_joined: AtomicBool,
    has_resumed: AtomicBool,
    cut: CancellationToken,
    /// Connections that carry this transport alone: its WebSocket. A poll's also carries other requests.
    connections: Mutex<Vec<Hangup>>,
}

impl Transport {
    pub(crate) fn new(session: SessionKey, place: Place, events_per_second: u32) -> Arc<Self> {
        Arc::new(Self {
            session,
            request: Span::current(),
            _place: place,
            turns: Mutex::new(Bucket::new(events_per_second, Instant::now())),
            has_joined: AtomicBool::new(false),
            has_resumed: AtomicBool::new(false),
            cut: CancellationToken::new(),
            connections: Mutex::default(),
        })
    }

    /// The transport of a socket; a fault of the server lets some in that have none.
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

    /// The connection of a WebSocket goes with the transport.
    pub(crate) fn carry(&self, headers: &HeaderMap, connection: Option<&Hangup>) {
        if let Some(connection) = connection.filter(|_| is_websocket(headers)) {
            lock(&self.connections).push(connection.clone());
            if self.is_cut() {
                connection.hang_up();
            }
        }
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
        lock(&self.connections).iter().for_each(Hangup::hang_up);
    }
}

/// Why there is no place for one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    Server,
    User,
}

/// How many transports there may be, in all and of each user.
pub(crate) struct Places {
    all: Arc<Semaphore>,
    by_user: Arc<Mutex<HashMap<UserId, usize>>>,
}

/// One transport's place; it is free again when this is dropped.
pub(crate) struct Place {
    _one_of_all: OwnedSemaphorePermit,
    user: UserId,
    by_user: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl Places {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(most)),
            by_user: Arc::default(),
        }
    }

    /// A place for `user`, who may have `most`.
    pub(crate) fn take(&self, user: &UserId, most: usize) -> Result<Place, Full> {
        let mut by_user = lock(&self.by_user);
        let taken = by_user.get(user).copied().unwrap_or_default();
        if taken >= most {
            return Err(Full::User);
        }
        let one_of_all = Arc::clone(&self.all).try_acquire_owned();
        let one_of_all = one_of_all.map_err(|_| Full::Server)?;
        by_user.insert(user.clone(), taken + 1);
        Ok(Place {
            _one_of_all: one_of_all,
            user: user.clone(),
            by_user: Arc::clone(&self.by_user),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_user = lock(&self.by_user);
        let Some(taken) = by_user.get_mut(&self.user) else {
            return;
        };
        *taken -= 1;
        if *taken == 0 {
            by_user.remove(&self.user);
        }
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

pub(crate) fn is_websocket(headers: &HeaderMap) -> bool {
    headers.contains_key(header::UPGRADE)
}

/// The transports by the ids that their clients name.
#[derive(Default)]
pub(crate) struct Transports(Mutex<HashMap<String, Bound>>);

struct Bound {
    transport: Arc<Transport>,
    since: Instant,
    joined: bool,
}

impl Transports {
    pub(crate) fn bind(&self, sid: String, transport: Arc<Transport>, joined: bool) {
        let mut bound = lock(&self.0);
        bound.retain(|_, bound| bound.joined || bound.since.elapsed() < UNUSED);
        bound.insert(
            sid,
            Bound {
                transport,
                since: Instant::now(),
                joined,
            },
        );
    }

    pub(crate) fn release(&self, sid: &str) {
        lock(&self.0).remove(sid);
    }

    /// The transport of this id, when this session opened it and it is not cut.
    pub(crate) fn find(&self, sid: &str, session: &SessionKey) -> Option<Arc<Transport>> {
        lock(&self.0)
            .get(sid)
            .map(|bound| &bound.transport)
            .filter(|transport| transport.session == *session && !transport.is_cut())
            .cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_one_of_all_and_one_of_its_users_and_comes_back() {
        let (amy, ben) = (UserId::for_test("amy"), UserId::for_test("ben"));
        let places = Places::new(3);
        let first = places.take(&amy, 2).expect("a place");
        let _second = places.take(&amy, 2).expect("a place");
        assert_eq!(places.take(&amy, 2).err(), Some(Full::User));
        let _third = places.take(&ben, 2).expect("a place");
        assert_eq!(places.take(&ben, 2).err(), Some(Full::Server));
        drop(first);
        assert!(places.take(&amy, 2).is_ok());
    }
}
