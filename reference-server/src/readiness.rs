//! Whether the server should get requests: each part that it needs is looked at, at most once a second.
//!
//! The words tell a stranger no path and no number; the log tells an operator more.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::app::App;
use crate::users;

/// What a look is good for.
const FRESH: Duration = Duration::from_secs(1);
/// Bytes, and files, that must be free where the server writes.
const FREE: (u64, u64) = (32 << 20, 1000);
/// A heart-beat that is older is none.
const PULSE: Duration = Duration::from_secs(3);

/// One part, and what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) trouble: Option<&'static str>,
}

impl Part {
    pub(crate) fn is_well(&self) -> bool {
        self.trouble.is_none()
    }

    /// What is wrong, or nothing.
    pub(crate) fn words(&self) -> &'static str {
        self.trouble.unwrap_or_default()
    }
}

/// The last look.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<Option<(Instant, Vec<Part>)>>);

impl Readiness {
    /// Each part, now or a moment ago. Who asks together waits for one look.
    pub(crate) async fn look(&self, app: &Arc<App>) -> Vec<Part> {
        let mut last = self.0.lock().await;
        let fresh = last.take().filter(|(at, _)| at.elapsed() < FRESH);
        let (at, mut parts) = match fresh {
            Some(look) => look,
            None => (Instant::now(), parts(app).await),
        };
        *last = Some((at, parts.clone()));
        // Whether it is stopping is known without a look.
        let stopping = app.stop.is_cancelled().then_some("the server is stopping");
        parts.push(Part {
            name: "serving",
            trouble: stopping,
        });
        parts
    }
}

async fn parts(app: &Arc<App>) -> Vec<Part> {
    let asked = Arc::clone(app);
    let on_disk = tokio::task::spawn_blocking(move || on_disk(&asked));
    let mut parts = on_disk.await.unwrap_or_else(|_| {
        vec![Part {
            name: "disk",
            trouble: Some("it cannot be looked at"),
        }]
    });
    let late = app.scheduler.since_beat() > PULSE;
    parts.push(Part {
        name: "scheduler",
        trouble: late.then_some("its last tick is too long ago"),
    });
    parts
}

fn on_disk(app: &App) -> Vec<Part> {
    let live = app.live();
    let settings = &live.settings;
    let told = |what: &'static str, error: &dyn std::fmt::Display| {
        tracing::error!(%error, what, "the server is not ready");
        what
    };
    let sessions = tempfile::NamedTempFile::new_in(&settings.session_folder)
        .err()
        .map(|error| told("the session folder cannot be written", &error));
    let users = users::read(&settings.users_file)
        .err()
        .map(|error| told("the users file cannot be read", &error));
    let folders = [&settings.session_folder, &settings.upload_folder];
    let written = folders
        .into_iter()
        .chain(&settings.log_folder)
        // A folder that nobody has needed yet takes no room.
        .filter(|folder| folder.exists());
    let disk = written.filter_map(|folder| full(folder)).next();
    [("sessions", sessions), ("users", users), ("disk", disk)]
        .map(|(name, trouble)| Part { name, trouble })
        .to_vec()
}

fn full(folder: &Path) -> Option<&'static str> {
    let Ok(found) = rustix::fs::statvfs(folder) else {
        return Some("it cannot be looked at");
    };
    let (bytes, files) = FREE;
    if found.f_bavail.saturating_mul(found.f_frsize) < bytes {
        Some("too little room is free")
    } else if found.f_files > 0 && found.f_favail < files {
        // A file system without a fixed number of files says 0 of both.
        Some("too few files are free")
    } else {
        None
    }
}
