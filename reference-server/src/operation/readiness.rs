//! Whether the server should get requests. Each part that it needs is checked at most once a second.
//!
//! A disk that does not answer is not ready. Only one check at a time waits for it, so that repeated requests do not
//! pile up. The answer reveals no path and no number to strangers; the log tells the operator more.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Serialize, Serializer};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use crate::delivery::scheduler::Scheduler;
use crate::identity::live::Live;
use crate::identity::users;
use crate::settings::Settings;

/// How long a result is used again.
const FRESH: Duration = Duration::from_secs(1);
/// Bytes (32 MiB) and files that must be free where the server writes.
const FREE: (u64, u64) = (32 << 20, 1000);
/// The scheduler is in trouble if its last heartbeat is older.
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

/// A disk that takes longer counts as not answering.
const PATIENCE: Duration = Duration::from_secs(3);

/// Every part by its name. As JSON it is an object.
#[derive(Clone, Debug)]
pub(crate) struct Parts(pub(crate) Vec<Part>);

impl Parts {
    pub(crate) fn are_well(&self) -> bool {
        self.0.iter().all(Part::is_well)
    }
}

impl Serialize for Parts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let described = |part: &Part| {
            let (ok, trouble) = (part.is_well(), part.trouble);
            (part.name, PartState { ok, trouble })
        };
        serializer.collect_map(self.0.iter().map(described))
    }
}

/// Whether a part is as it must be, and what is wrong with it otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartState {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    trouble: Option<&'static str>,
}

/// What is checked, and the last result. Clones are the same.
#[derive(Clone)]
pub(crate) struct Readiness {
    live: Live,
    scheduler: Arc<Scheduler>,
    /// Cancelled when the server begins to stop.
    stop: CancellationToken,
    /// Held for as long as a check takes, so that only one runs at a time.
    looks: Arc<Mutex<Looks>>,
}

#[derive(Default)]
struct Looks {
    last: Option<(Instant, Vec<Part>)>,
    disk: LookAtDisk,
}

/// A check of the disk that has not ended yet.
#[derive(Default)]
struct LookAtDisk(Option<JoinHandle<Vec<Part>>>);

impl LookAtDisk {
    /// The result of the check. If there is no answer in time, says so; the next call waits for the same check.
    async fn parts(
        &mut self,
        begin: impl FnOnce() -> JoinHandle<Vec<Part>>,
        patience: Duration,
    ) -> Vec<Part> {
        let looking = self.0.get_or_insert_with(begin);
        let trouble = match tokio::time::timeout(patience, looking).await {
            Ok(found) => {
                self.0 = None;
                match found {
                    Ok(parts) => return parts,
                    Err(_) => "it cannot be checked",
                }
            }
            Err(_) => "it does not answer",
        };
        vec![Part {
            name: "disk",
            trouble: Some(trouble),
        }]
    }
}

impl Readiness {
    pub(crate) fn new(live: Live, scheduler: Arc<Scheduler>, stop: CancellationToken) -> Self {
        Self {
            live,
            scheduler,
            stop,
            looks: Arc::default(),
        }
    }

    /// The state of each part, at most a second old. Concurrent callers wait for the same check.
    pub(crate) async fn look(&self) -> Parts {
        let mut looks = self.looks.lock().await;
        let fresh = looks.last.take().filter(|(at, _)| at.elapsed() < FRESH);
        let (at, mut parts) = match fresh {
            Some(look) => look,
            None => {
                let parts = self.parts(&mut looks.disk).await;
                (Instant::now(), parts)
            }
        };
        looks.last = Some((at, parts.clone()));
        drop(looks);
        // Whether the server is stopping is known without a check.
        let stopping = self.stop.is_cancelled();
        parts.push(Part {
            name: "serving",
            trouble: stopping.then_some("the server is stopping"),
        });
        Parts(parts)
    }

    async fn parts(&self, disk: &mut LookAtDisk) -> Vec<Part> {
        let live = self.live.clone();
        let begin = || tokio::task::spawn_blocking(move || on_disk(&live.now().settings));
        let mut parts = disk.parts(begin, PATIENCE).await;
        let late = self.scheduler.since_beat() > PULSE;
        parts.push(Part {
            name: "scheduler",
            trouble: late.then_some("its last tick was too long ago"),
        });
        parts
    }
}

fn on_disk(settings: &Settings) -> Vec<Part> {
    let report = |what: &'static str, error: &dyn std::fmt::Display| {
        tracing::error!(%error, what, "the server is not ready");
        what
    };
    let sessions = tempfile::NamedTempFile::new_in(&settings.session_folder)
        .err()
        .map(|error| report("the session folder cannot be written", &error));
    let users = users::read(&settings.users_file)
        .err()
        .map(|error| report("the users file cannot be read", &error));
    let folders = [&settings.session_folder, &settings.upload_folder];
    let written = folders
        .into_iter()
        .chain(&settings.log_folder)
        // A folder that does not exist yet needs no room.
        .filter(|folder| folder.exists());
    let disk = written.filter_map(|folder| full(folder)).next();
    [("sessions", sessions), ("users", users), ("disk", disk)]
        .map(|(name, trouble)| Part { name, trouble })
        .to_vec()
}

fn full(folder: &Path) -> Option<&'static str> {
    let Ok(found) = rustix::fs::statvfs(folder) else {
        return Some("it cannot be checked");
    };
    let (bytes, files) = FREE;
    if found.f_bavail.saturating_mul(found.f_frsize) < bytes {
        Some("too little space is free")
    } else if found.f_files > 0 && found.f_favail < files {
        // A file system without a fixed number of files reports 0 for both.
        Some("too few files are free")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_disk_that_does_not_answer_is_reported_and_checked_once() {
        let (answer, answered) = mpsc::channel::<Vec<Part>>();
        let begin = || tokio::task::spawn_blocking(move || answered.recv().expect("an answer"));
        let (mut disk, moment) = (LookAtDisk::default(), Duration::from_millis(1));
        let silent = disk.parts(begin, moment).await;
        assert_eq!(silent[0].trouble, Some("it does not answer"));
        let again = || panic!("two looks at once");
        let silent = disk.parts(again, moment).await;
        assert_eq!(silent[0].trouble, Some("it does not answer"));
        let well = vec![Part {
            name: "disk",
            trouble: None,
        }];
        answer.send(well.clone()).expect("it still looks");
        let found = disk.parts(again, Duration::from_secs(60)).await;
        assert_eq!(found, well);
    }
}
