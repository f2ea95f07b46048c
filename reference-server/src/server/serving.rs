//! From the first connection to the last answer.

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

/// What serves, and what a stop has to end.
pub(super) struct Serving {
    pub(super) listening: Listening,
    pub(super) router: Router,
    pub(super) io: SocketIo,
    pub(super) tasks: TaskTracker,
    pub(super) live: Live,
    pub(super) scheduler: Arc<Scheduler>,
    /// A peer that acknowledges nothing for so long is gone.
    pub(super) peer: Duration,
    pub(super) stop: CancellationToken,
}

impl Serving {
    /// Serves until the stop, and then for as long as the settings give to what is under way.
    pub(super) async fn run(self) {
        let live = self.live.now();
        let settings = &live.settings;
        let patience = Patience {
            head: settings.keep_alive,
            reader: self.peer,
        };
        let left = settings.graceful_timeout;
        // The listener goes with the future: from the stop on nobody new is let in.
        let running = connection::serve(self.listening, self.router, patience, self.stop).await;
        self.tasks.close();
        let drained = drain(running, self.io, self.tasks, &self.scheduler, left / 2);
        if tokio::time::timeout(left, drained).await.is_err() {
            tracing::warn!("some clients did not go in time");
        }
    }
}

/// Actions end, clients hear that their transport closes, by which they know to come back, and answers in
/// flight are given. What actions say last has `saying` to be written: one user's disk that does not answer takes the
/// goodbye from nobody.
async fn drain(
    running: TaskTracker,
    io: SocketIo,
    tasks: TaskTracker,
    scheduler: &Scheduler,
    saying: Duration,
) {
    // Actions first, then what they said last.
    let said = async {
        tasks.wait().await;
        scheduler.end().await;
    };
    if tokio::time::timeout(saying, said).await.is_err() {
        tracing::warn!("what some actions said last was not written in time");
    }
    // It hangs on a peer that reads nothing.
    let _ = tokio::time::timeout(Duration::from_secs(2), io.close()).await;
    running.wait().await;
}
