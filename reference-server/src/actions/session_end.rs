//! The end of a session, with its room and sockets, and with the user's actions after the last one.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use super::registry::Registry;
use crate::delivery::rooms::Rooms;
use crate::identity::session_key::SessionKey;
use crate::identity::sessions::Sessions;

/// What has to be cleaned up when a session ends. Clones are the same.
#[derive(Clone)]
pub(crate) struct SessionEnd {
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) registry: Arc<Registry>,
}

impl SessionEnd {
    /// Ends sessions with their rooms and sockets. This part never waits, so it is complete even if the caller is
    /// dropped. Then removes their files. A user is forgotten with their last session.
    pub(crate) async fn end(&self, keys: &[SessionKey]) -> io::Result<()> {
        let mut users = BTreeSet::new();
        let mut closing = Vec::new();
        for key in keys {
            users.extend(self.sessions.owner(key));
            self.sessions.forget(key);
            closing.extend(self.rooms.close(key));
        }
        for user in &users {
            let is_gone = || self.sessions.of_user(user).is_empty();
            self.registry.forget_user(user, is_gone);
        }
        let removed = self.sessions.remove_files(keys).await;
        join_all(closing).await;
        removed
    }

    /// Until the stop: ends sessions that have expired, with their sockets, and forgets users who have left. It never
    /// waits for a file.
    pub(crate) async fn sweep(self, every: Duration, stop: CancellationToken) {
        while next_sweep(every, &stop).await {
            for key in self.sessions.end_expired() {
                self.rooms.close(&key);
            }
            // Users without a session who have nothing running.
            self.registry.forget_gone(|| self.sessions.users());
            self.rooms.forget_deserted();
        }
    }

    /// Until the stop: removes the files of ended sessions, and ends the sessions whose files an operator has removed,
    /// with their sockets.
    pub(crate) async fn sweep_files(self, every: Duration, stop: CancellationToken) {
        while next_sweep(every, &stop).await {
            for key in self.sessions.end_removed().await {
                self.rooms.close(&key);
            }
            self.sessions.remove_ended().await;
        }
    }
}

/// Waits for the next sweep. False if the server stops instead.
async fn next_sweep(every: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => false,
        () = tokio::time::sleep(every) => true,
    }
}
