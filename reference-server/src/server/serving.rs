//! Serving, from the first connection to the last answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use socketioxide::SocketIo;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::delivery::scheduler::Scheduler;
use crate::http::connection::{self, Patience};
use crate::http::listen::Listening;
use crate::identity::live::Live;

/// What serves, and what has to end at the stop.
pub(super) struct Serving {
    pub(super) listening: Listening,
    pub(super) router: Router,
    pub(super) io: SocketIo,
    pub(super) tasks: TaskTracker,
    pub(super) live: Live,
    pub(super) scheduler: Arc<Scheduler>,
    /// After this time without an acknowledgement a peer counts as lost.
    pub(super) peer: Duration,
    pub(super) stop: CancellationToken,
}

impl Serving {
    /// Serves until the stop, and then for at most GRACEFUL_TIMEOUT, so that work in progress can end.
    pub(super) async fn run(self) {
        let live = self.live.now();
        let settings = &live.settings;
        let patience = Patience {
            head: settings.keep_alive,
            reader: self.peer,
        };
        let left = settings.graceful_timeout;
        // The listener is closed when this returns: after the stop no new client can connect.
        let running = connection::serve(self.listening, self.router, patience, self.stop).await;
        self.tasks.close();
        let drained = drain(running, self.io, self.tasks, &self.scheduler, left / 2);
        if tokio::time::timeout(left, drained).await.is_err() {
            tracing::warn!("some clients did not disconnect in time");
        }
    }
}

/// Waits until actions have ended, tells clients that their transports close, so that they reconnect, and completes
/// answers in progress. The last messages of actions get at most `saying`, so that one user's hanging disk does not
/// keep other clients from being told.
async fn drain(
    running: TaskTracker,
    io: SocketIo,
    tasks: TaskTracker,
    scheduler: &Scheduler,
    saying: Duration,
) {
    // First the actions, then their last messages.
    let last_messages = async {
        tasks.wait().await;
        scheduler.end().await;
    };
    if tokio::time::timeout(saying, last_messages).await.is_err() {
        tracing::warn!("the last messages of some actions were not written in time");
    }
    // Closing hangs on a peer that reads nothing, so it gets two seconds.
    let _ = tokio::time::timeout(Duration::from_secs(2), io.close()).await;
    running.wait().await;
}
