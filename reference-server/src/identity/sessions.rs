//! Sessions, and the only place that makes a `UserId`: from a session that is logged in.
//!
//! Memory is the index, and the folder is what survives a restart. A session is written to disk before it is valid. It
//! becomes invalid before its file is removed, and the removal is retried until it succeeds. A session's id is 256
//! random bits that only its cookie contains; everything else uses its digest.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::ground::clock::Clock;
use crate::ground::fault::{Fault, Open};
use crate::ground::folded_name::FoldedName;
use crate::ground::lock::lock;
use crate::identity::device::Device;
use crate::identity::session_key::SessionKey;
use crate::identity::store::{Store, Stored};

/// A user who is logged in. There is no constructor outside this file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UserId(Arc<str>);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl UserId {
    /// Whether it is the user of this name.
    pub(crate) fn is(&self, name: &FoldedName) -> bool {
        *self.0 == *name.as_str()
    }

    /// The user under whose name rooms are found: this user.
    pub(crate) fn as_room_name(&self, fault: &Open) -> Self {
        // FAULTS NAME-…: a spelling that several names share.
        let spelling = fault.room_name(&self.0);
        spelling.map_or_else(|| self.clone(), |spelling| Self(spelling.into()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A session that exists and has not expired.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) key: SessionKey,
    pub(crate) user: Option<UserId>,
    pub(crate) created: u64,
    pub(crate) expires: u64,
    /// The browser and system, for the list that its user sees.
    pub(crate) device: Option<Device>,
}

/// A new session, with the id for its cookie.
pub(crate) struct Fresh {
    pub(crate) id: String,
    pub(crate) session: Session,
}

pub(crate) struct Sessions {
    store: Store,
    threshold: usize,
    lifetime: Duration,
    clock: Clock,
    /// Held for moments and never while a file is read or written.
    live: Mutex<HashMap<SessionKey, Session>>,
    /// Sessions that have ended but whose file still exists. The lock is never held together with that of `live`.
    ended: Mutex<HashSet<SessionKey>>,
    /// How many of these could not be removed at the last attempt, so that each problem is logged once. Relaxed: only
    /// the sweep uses it.
    unremoved: AtomicUsize,
    fault: Open,
}

impl Sessions {
    /// Loads the sessions that the last process left.
    pub(crate) fn open(
        folder: &Path,
        threshold: usize,
        lifetime: Duration,
        clock: Clock,
        fault: Open,
    ) -> io::Result<Self> {
        let store = Store::open(folder)?;
        let (stored, aside) = store.load()?;
        for path in aside {
            tracing::warn!(file = %path.display(), "a session file is unreadable and was set aside; its user must log in again");
        }
        let live = stored.into_iter().map(|(key, stored)| {
            let session = Session {
                key: SessionKey::of_file(&key),
                user: stored.user.map(|name| UserId(name.into())),
                created: stored.created,
                expires: stored.expires,
                device: stored.device,
            };
            (session.key.clone(), session)
        });
        let live = Mutex::new(live.collect());
        Ok(Self {
            store,
            threshold,
            lifetime,
            clock,
            live,
            ended: Mutex::default(),
            unremoved: AtomicUsize::new(0),
            fault,
        })
    }

    /// The live session with this id. Nothing is found for an id that the server did not issue.
    pub(crate) fn find(&self, id: &str) -> Option<Session> {
        self.live(&SessionKey::of(id))
    }

    /// FAULT ISO02: one session for everybody who has none.
    pub(crate) fn of_nobody(&self) -> Session {
        let session = Session {
            key: SessionKey::of_file("none"),
            user: Some(UserId("anonymous".into())),
            created: self.clock.now(),
            expires: self.clock.now() + self.lifetime.as_secs(),
            device: None,
        };
        self.lock().insert(session.key.clone(), session.clone());
        session
    }

    /// The session of this key, unless it has ended or expired.
    pub(crate) fn live(&self, key: &SessionKey) -> Option<Session> {
        self.lock()
            .get(key)
            .filter(|session| session.expires > self.clock.now())
            .cloned()
    }

    /// A user's live sessions, the newest first.
    pub(crate) fn of_user(&self, user: &UserId) -> Vec<Session> {
        let now = self.clock.now();
        let mut found: Vec<Session> = self
            .lock()
            .values()
            .filter(|session| session.user.as_ref() == Some(user) && session.expires > now)
            .cloned()
            .collect();
        found.sort_by(|one, other| (other.created, &one.key).cmp(&(one.created, &other.key)));
        found
    }

    /// The owner of a session, whether it has expired or not.
    pub(crate) fn owner(&self, key: &SessionKey) -> Option<UserId> {
        self.lock().get(key)?.user.clone()
    }

    /// Everybody who has a session, whether it has expired or not.
    pub(crate) fn users(&self) -> HashSet<UserId> {
        let live = self.lock();
        let users = live.values().filter_map(|session| session.user.clone());
        users.collect()
    }

    /// The oldest sessions of the user of this new session, beyond `most` sessions. Never contains the new one.
    pub(crate) fn oldest_above(&self, new: &Session, most: usize) -> Vec<SessionKey> {
        let all = new.user.iter().flat_map(|user| self.of_user(user));
        let others = all.map(|session| session.key).filter(|key| *key != new.key);
        others.skip(most.saturating_sub(1)).collect()
    }

    /// The number of sessions of users, and of guests.
    pub(crate) fn count(&self) -> (usize, usize) {
        let live = self.lock();
        let users = live.values().filter(|session| session.user.is_some());
        let users = users.count();
        (users, live.len() - users)
    }

    /// Ends every session whose file an operator has removed, and returns their keys.
    pub(crate) async fn end_removed(self: &Arc<Self>) -> Vec<SessionKey> {
        let sessions = Arc::clone(self);
        let work = move || {
            if !sessions.store.take_notice()? {
                return Ok(Vec::new());
            }
            // A session is in memory only after its file was written, so a new login never counts as removed.
            let known: Vec<SessionKey> = sessions.lock().keys().cloned().collect();
            let is_removed = |key: &SessionKey| !sessions.store.has(key.as_str());
            let removed: Vec<SessionKey> = known.into_iter().filter(is_removed).collect();
            let mut live = sessions.lock();
            removed.iter().for_each(|key| drop(live.remove(key)));
            Ok(removed)
        };
        blocking(work).await.unwrap_or_else(|error| {
            tracing::error!(%error, "cannot check which sessions an operator has ended");
            Vec::new()
        })
    }

    /// Every session of a user, expired or not: its journal still belongs to it.
    pub(crate) fn logins(&self) -> Vec<(UserId, SessionKey)> {
        self.lock()
            .values()
            .filter_map(|session| Some((session.user.clone()?, session.key.clone())))
            .collect()
    }

    /// Creates a session without a user, for the login page's token.
    pub(crate) async fn create_guest(self: &Arc<Self>) -> io::Result<Fresh> {
        let id = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        self.create(id, None, None).await
    }

    /// Creates a session for a user whose password was right.
    pub(crate) async fn create_for(
        self: &Arc<Self>,
        user: &FoldedName,
        device: Option<Device>,
    ) -> io::Result<Fresh> {
        let id = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let user = UserId(user.as_str().into());
        self.create(id, Some(user), device).await
    }

    /// FAULT FIXATION: the login goes into the session that the browser came with.
    pub(crate) async fn adopt(
        self: &Arc<Self>,
        id: String,
        user: &FoldedName,
    ) -> io::Result<Fresh> {
        let user = UserId(user.as_str().into());
        self.create(id, Some(user), None).await
    }

    async fn create(
        self: &Arc<Self>,
        id: String,
        user: Option<UserId>,
        device: Option<Device>,
    ) -> io::Result<Fresh> {
        let created = self.clock.now();
        let session = Session {
            key: SessionKey::of(&id),
            user,
            created,
            expires: created + self.lifetime.as_secs(),
            device,
        };
        let (sessions, written) = (Arc::clone(self), session.clone());
        blocking(move || {
            sessions.prune()?;
            let stored = Stored {
                user: written.user.as_ref().map(UserId::to_string),
                created: written.created,
                expires: written.expires,
                device: written.device.clone(),
            };
            sessions.store.write(written.key.as_str(), &stored)?;
            sessions.lock().insert(written.key.clone(), written);
            Ok(())
        })
        .await?;
        Ok(Fresh { id, session })
    }

    /// Ends a session: from now on its id is not found. Its file is left to `remove_files`.
    pub(crate) fn forget(&self, key: &SessionKey) {
        self.lock().remove(key);
        // FAULT STALE-COOKIE: the memory forgets, and the folder does not.
        if !self.fault.is(Fault::StaleCookie) {
            lock(&self.ended).insert(key.clone());
        }
    }

    /// Removes the files of ended sessions. A file that cannot be removed is left to `remove_ended`, because a restart
    /// would bring its session back.
    pub(crate) async fn remove_files(self: &Arc<Self>, keys: &[SessionKey]) -> io::Result<()> {
        let (sessions, keys) = (Arc::clone(self), keys.to_vec());
        let work = move || {
            let (mut removed, mut failed) = (Vec::new(), Ok(()));
            for key in keys {
                if !lock(&sessions.ended).contains(&key) {
                    continue;
                }
                match sessions.store.remove(key.as_str()) {
                    Ok(()) => removed.push(key),
                    Err(error) => failed = Err(error),
                }
            }
            if removed.is_empty() {
                return failed;
            }
            sessions.store.sync()?;
            let mut ended = lock(&sessions.ended);
            ended.retain(|key| !removed.contains(key));
            failed
        };
        blocking(work).await
    }

    /// Removes the files of all ended sessions, also those that could not be removed before.
    pub(crate) async fn remove_ended(self: &Arc<Self>) {
        let left: Vec<SessionKey> = lock(&self.ended).iter().cloned().collect();
        let ended = self.remove_files(&left).await;
        let unremoved = if ended.is_err() { left.len() } else { 0 };
        let is_known = self.unremoved.swap(unremoved, Ordering::Relaxed) == unremoved;
        match ended {
            Err(error) if is_known => {
                tracing::debug!(%error, "the files of ended sessions are still there");
            }
            Err(error) => {
                tracing::error!(%error, "cannot remove the files of ended sessions; the server will try again");
            }
            Ok(()) => {}
        }
    }

    /// Ends every session that has expired, and returns their keys. Their files are left to `remove_ended`, so that a
    /// disk that does not answer keeps nobody logged in.
    pub(crate) fn end_expired(&self) -> Vec<SessionKey> {
        let now = self.clock.now();
        let over: Vec<SessionKey> = self
            .lock()
            .values()
            .filter(|session| session.expires <= now)
            .map(|session| session.key.clone())
            .collect();
        over.iter().for_each(|key| self.forget(key));
        over
    }

    /// Above the threshold, removes expired guests first and then other guests, oldest first. Never removes a user's
    /// session.
    fn prune(&self) -> io::Result<()> {
        let removed: Vec<SessionKey> = {
            let mut live = self.lock();
            if live.len() < self.threshold {
                return Ok(());
            }
            let now = self.clock.now();
            // FAULT ISO19: the oldest sessions are removed, whoever owns them.
            let blind = self.fault.is(Fault::Iso19);
            let mut going: Vec<(bool, u64, SessionKey)> = live
                .values()
                // A user's session that has expired is left to the sweep, which also closes its room.
                .filter(|session| blind || session.user.is_none())
                .map(|session| (session.expires > now, session.created, session.key.clone()))
                .collect();
            going.sort();
            // FAULT PRUNED-LIVE: as in a cache, where any entry may be dropped.
            if self.fault.is(Fault::PrunedLive) {
                let third =
                    |(n, key): (usize, &SessionKey)| n.is_multiple_of(3).then(|| key.clone());
                let every = live.keys().enumerate();
                going = every.filter_map(third).map(|key| (false, 0, key)).collect();
            }
            let excess = live.len() + 1 - self.threshold;
            let expired = going.iter().filter(|(alive, ..)| !alive).count();
            going.truncate(excess.max(expired));
            going
                .into_iter()
                .filter_map(|(.., key)| live.remove(&key).map(|_| key))
                .collect()
        };
        // A login waits for at most a hundred removals. The rest are removed in a thread of their own.
        let (now, later) = removed.split_at(removed.len().min(100));
        if !later.is_empty() {
            let (store, later) = (self.store.clone(), later.to_vec());
            std::thread::spawn(move || {
                for key in later {
                    if let Err(error) = store.remove(key.as_str()) {
                        tracing::error!(%error, "cannot remove the file of a session that was pruned");
                        return;
                    }
                }
            });
        }
        now.iter()
            .try_for_each(|key| self.store.remove(key.as_str()))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionKey, Session>> {
        lock(&self.live)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

#[cfg(test)]
impl UserId {
    /// Only for unit tests; the binary does not contain it.
    pub(crate) fn for_test(name: &str) -> Self {
        Self(name.into())
    }
}

#[cfg(test)]
mod tests;
