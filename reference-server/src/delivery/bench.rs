//! One user's tick by itself, for a benchmark: without task, timer or socket. No binary contains it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::cadence::Sent;
use super::scheduler::{Scheduler, UserLine};
use crate::delivery::journal::Journals;
use crate::delivery::message::{Body, QueuedMessage};
use crate::delivery::rooms::Rooms;
use crate::ground::clock::Clock;
use crate::ground::fault::Open;
use crate::ground::folded_name::FoldedName;
use crate::ground::lock::lock;
use crate::ground::metrics::Metrics;
use crate::ground::timing::Timing;
use crate::identity::sessions::{Sessions, UserId};

/// A user with a queue, and a session that keeps what it misses.
pub struct Tick {
    scheduler: Scheduler,
    user: UserId,
    line: UserLine,
    _folder: TempDir,
}

impl Tick {
    /// A logged-in user with an empty queue.
    ///
    /// # Errors
    /// The session's folder cannot be created.
    pub async fn new() -> io::Result<Self> {
        let folder = TempDir::new()?;
        let sessions = Arc::new(Sessions::open(
            folder.path(),
            10,
            Duration::from_mins(1),
            Clock::default(),
            Open::default(),
        )?);
        let name = FoldedName::fold("amy").map_err(|_| io::Error::other("amy is a name"))?;
        let session = sessions.create_for(&name, None).await?.session;
        let user = session.user.ok_or_else(|| io::Error::other("a login"))?;
        let (timing, fault) = (Timing::default(), Open::default());
        let metrics = Arc::new(Metrics::new());
        let rooms = Arc::new(Rooms::new(
            timing.keep_for,
            Journals::new(folder.path()),
            fault.clone(),
            metrics.emit_errors.clone(),
        ));
        rooms.room(&user, &session.key);
        Ok(Self {
            scheduler: Scheduler::new(rooms, |_| Vec::new(), timing, fault, metrics),
            user,
            line: UserLine::default(),
            _folder: folder,
        })
    }

    /// Queues `count` messages, of three kinds in turn.
    pub fn fill(&self, count: usize) {
        let mut queue = lock(&self.line.queue);
        for n in 0..count {
            let text = format!("message {n}");
            let body = match n % 3 {
                0 => Body::Popup {
                    level: "info",
                    text,
                },
                1 => Body::Status {
                    category: "countdown".into(),
                    text,
                    status: 50,
                    supplement: String::new(),
                },
                _ => Body::Result {
                    category: "success",
                    text,
                },
            };
            queue.push(QueuedMessage::new(None, body));
        }
    }

    /// Sends everything that waits.
    pub async fn tick(&self) {
        self.scheduler
            .tick(&self.user, &self.line, &mut Sent::default())
            .await;
    }
}
