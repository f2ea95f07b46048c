//! Sessions, and the only place where a user's id is made: from a session that is logged in.
//!
//! The memory is the index and the folder is what survives: a session is written before it counts,
//! and stops to count before its file goes. A session's id is 256 random bits that only its cookie
//! holds; everything else knows it by its digest.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::fault::{Fault, Open};
use crate::store::{Store, Stored};
use crate::users::{self, FoldedName};

/// A user who is logged in. There is no constructor outside this file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UserId(Arc<str>);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl UserId {
    /// The name under which rooms are found: the user's own.
    pub(crate) fn as_room_name(&self, fault: &Open) -> Self {
        // FAULTS NAME-…: a spelling that several names have.
        let spelling = if fault.is(Fault::NameCase) {
            self.0.to_uppercase()
        } else if fault.is(Fault::NameForm) {
            users::without_accents(&self.0)
        } else if fault.is(Fault::NameUnderscore) {
            self.0
                .replace(|letter: char| !letter.is_alphanumeric(), "_")
        } else if fault.is(Fault::NameLength) {
            self.0.chars().take(64).collect()
        } else {
            return self.clone();
        };
        Self(spelling.into())
    }
}

/// The digest of a session's id, in hexadecimal: its name everywhere but in the cookie.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SessionKey(Arc<str>);

impl SessionKey {
    pub(crate) fn of(id: &str) -> Self {
        use std::fmt::Write;
        let digest = Sha256::digest(id.as_bytes());
        let hex = digest
            .iter()
            .fold(String::with_capacity(64), |mut hex, byte| {
                // Writing to a String cannot fail.
                let _ = write!(hex, "{byte:02x}");
                hex
            });
        Self(hex.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Enough to tell sessions apart in a log.
    pub(crate) fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

/// A session that exists and has not expired.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) key: SessionKey,
    pub(crate) user: Option<UserId>,
    created: u64,
    expires: u64,
}

/// A session that was just made, with the id for its cookie.
pub(crate) struct Fresh {
    pub(crate) id: String,
    pub(crate) session: Session,
}

pub(crate) struct Sessions {
    store: Store,
    threshold: usize,
    lifetime: Duration,
    live: Mutex<HashMap<SessionKey, Session>>,
    fault: Open,
}

impl Sessions {
    /// Loads what the last process left.
    pub(crate) fn open(
        folder: &Path,
        threshold: usize,
        lifetime: Duration,
        fault: Open,
    ) -> io::Result<Self> {
        let store = Store::open(folder)?;
        let (stored, aside) = store.load()?;
        for path in aside {
            tracing::warn!(file = %path.display(), "session file is unreadable and was set aside; its user logs in again");
        }
        let live = stored.into_iter().map(|(key, stored)| {
            let session = Session {
                key: SessionKey(key.into()),
                user: stored.user.map(|name| UserId(name.into())),
                created: stored.created,
                expires: stored.expires,
            };
            (session.key.clone(), session)
        });
        let live = Mutex::new(live.collect());
        Ok(Self {
            store,
            threshold,
            lifetime,
            live,
            fault,
        })
    }

    /// The live session with this id. An id that the server did not give is nobody's.
    pub(crate) fn find(&self, id: &str) -> Option<Session> {
        self.live(&SessionKey::of(id))
    }

    /// FAULT ISO02: the session of all who have none.
    pub(crate) fn of_nobody(&self) -> Session {
        let session = Session {
            key: SessionKey("none".into()),
            user: Some(UserId("anonymous".into())),
            created: now(),
            expires: now() + self.lifetime.as_secs(),
        };
        self.lock().insert(session.key.clone(), session.clone());
        session
    }

    /// The session of this key, unless it has ended or expired.
    pub(crate) fn live(&self, key: &SessionKey) -> Option<Session> {
        self.lock()
            .get(key)
            .filter(|session| session.expires > now())
            .cloned()
    }

    /// Every login, expired or not: what belongs to them is still theirs.
    pub(crate) fn logins(&self) -> Vec<(UserId, SessionKey)> {
        self.lock()
            .values()
            .filter_map(|session| Some((session.user.clone()?, session.key.clone())))
            .collect()
    }

    /// A session of nobody, for the login page's token.
    pub(crate) async fn create_guest(self: &Arc<Self>) -> io::Result<Fresh> {
        let id = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        self.create(id, None).await
    }

    /// A session of a user whose password was right.
    pub(crate) async fn create_for(self: &Arc<Self>, user: &FoldedName) -> io::Result<Fresh> {
        let id = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        self.create(id, Some(UserId(user.as_str().into()))).await
    }

    /// FAULT FIXATION: the login goes into the session that the browser came with.
    pub(crate) async fn adopt(
        self: &Arc<Self>,
        id: String,
        user: &FoldedName,
    ) -> io::Result<Fresh> {
        self.create(id, Some(UserId(user.as_str().into()))).await
    }

    async fn create(self: &Arc<Self>, id: String, user: Option<UserId>) -> io::Result<Fresh> {
        let created = now();
        let session = Session {
            key: SessionKey::of(&id),
            user,
            created,
            expires: created + self.lifetime.as_secs(),
        };
        let (sessions, written) = (Arc::clone(self), session.clone());
        blocking(move || {
            sessions.prune()?;
            let stored = Stored {
                user: written.user.as_ref().map(UserId::to_string),
                created: written.created,
                expires: written.expires,
            };
            sessions.store.write(written.key.as_str(), &stored)?;
            sessions.lock().insert(written.key.clone(), written);
            Ok(())
        })
        .await?;
        Ok(Fresh { id, session })
    }

    /// Ends a session; from here on its id is nobody's.
    pub(crate) async fn end(self: &Arc<Self>, key: &SessionKey) -> io::Result<()> {
        self.lock().remove(key);
        // FAULT STALE-COOKIE: the memory forgets, and the folder does not.
        if self.fault.is(Fault::StaleCookie) {
            return Ok(());
        }
        let (sessions, key) = (Arc::clone(self), key.clone());
        blocking(move || sessions.store.remove(key.as_str())).await
    }

    /// Ends every session whose time is over and gives their keys.
    pub(crate) async fn end_expired(self: &Arc<Self>) -> Vec<SessionKey> {
        let now = now();
        let over: Vec<SessionKey> = self
            .lock()
            .values()
            .filter(|session| session.expires <= now)
            .map(|session| session.key.clone())
            .collect();
        for key in &over {
            if let Err(error) = self.end(key).await {
                tracing::error!(%error, "cannot remove the file of an expired session");
            }
        }
        over
    }

    /// Past the threshold, expired guests go first and then others, oldest first; never a login.
    fn prune(&self) -> io::Result<()> {
        let removed: Vec<SessionKey> = {
            let mut live = self.lock();
            if live.len() < self.threshold {
                return Ok(());
            }
            let now = now();
            // FAULT ISO19: the oldest are the oldest.
            let blind = self.fault.is(Fault::Iso19);
            let mut going: Vec<(bool, u64, SessionKey)> = live
                .values()
                // A login whose time is over is ended by the sweep, which closes its room too.
                .filter(|session| blind || session.user.is_none())
                .map(|session| (session.expires > now, session.created, session.key.clone()))
                .collect();
            going.sort();
            // FAULT PRUNED-LIVE: as a cache does it, of whose entries none is dear.
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
        // One login removes some, as many as it may wait for; a crowd of them goes beside.
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

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SessionKey, Session>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
impl UserId {
    /// For unit tests alone; it does not exist in the binary.
    pub(crate) fn for_test(name: &str) -> Self {
        Self(name.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path, threshold: usize, seconds: u64) -> Arc<Sessions> {
        let lifetime = Duration::from_secs(seconds);
        let sessions = Sessions::open(folder, threshold, lifetime, Open::default());
        Arc::new(sessions.expect("opens"))
    }

    #[tokio::test]
    async fn a_login_survives_a_restart_and_its_end_does_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let amy = FoldedName::fold("amy").expect("a name");
        let sessions = open(folder.path(), 10, 100);
        let fresh = sessions.create_for(&amy).await.expect("created");
        let again = open(folder.path(), 10, 100);
        assert_eq!(
            again.find(&fresh.id).and_then(|session| session.user),
            Some(UserId::for_test("amy"))
        );
        assert!(again.find("an id that a client made up").is_none());
        again.end(&fresh.session.key).await.expect("ended");
        assert!(open(folder.path(), 10, 100).find(&fresh.id).is_none());
    }

    #[tokio::test]
    async fn a_burst_of_guests_never_prunes_a_login() {
        let folder = tempfile::tempdir().expect("a folder");
        let sessions = open(folder.path(), 5, 100);
        let amy = sessions
            .create_for(&FoldedName::fold("amy").expect("a name"))
            .await
            .expect("created");
        for _ in 0..20 {
            sessions.create_guest().await.expect("created");
        }
        assert!(sessions.find(&amy.id).is_some());
        assert_eq!(sessions.lock().len(), 5);
        assert_eq!(std::fs::read_dir(folder.path()).expect("reads").count(), 5);
    }

    #[tokio::test]
    async fn an_expired_session_is_nobodys() {
        let folder = tempfile::tempdir().expect("a folder");
        let sessions = open(folder.path(), 5, 0);
        let amy = sessions
            .create_for(&FoldedName::fold("amy").expect("a name"))
            .await
            .expect("created");
        assert!(sessions.find(&amy.id).is_none());
        assert_eq!(sessions.end_expired().await, [amy.session.key]);
    }
}
