//! Actions, scheduler and rooms together: what is remembered about users, and that no user waits for another.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::kinds::Kind;
use super::launcher::Launcher;
use super::registry::{NotNow, Registry};
use crate::delivery::journal::Journals;
use crate::delivery::outgoing::{Audience, Outgoing};
use crate::delivery::rooms::Rooms;
use crate::delivery::scheduler::Scheduler;
use crate::delivery::wire::Event;
use crate::ground::fault::Open;
use crate::ground::metrics::Metrics;
use crate::ground::timing::Timing;
use crate::identity::session_key::SessionKey;
use crate::identity::sessions::UserId;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The parts that an action speaks through, with a quick cadence.
struct Parts {
    rooms: Arc<Rooms>,
    registry: Arc<Registry>,
    launcher: Launcher,
    folder: TempDir,
}

impl Parts {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let moment = Duration::from_millis(1);
        let timing = Timing {
            tick: moment,
            threads: moment,
            logs: moment,
            ..Timing::default()
        };
        let (metrics, fault) = (Arc::new(Metrics::new()), Open::default());
        let rooms = Arc::new(Rooms::new(
            timing.keep_for,
            Journals::new(folder.path()),
            fault.clone(),
            metrics.emit_errors.clone(),
        ));
        let registry = Arc::new(Registry::new(fault.clone()));
        let of_scheduler = Arc::clone(&registry);
        let scheduler = Arc::new(Scheduler::new(
            Arc::clone(&rooms),
            move |user| of_scheduler.running(user),
            timing,
            fault.clone(),
            Arc::clone(&metrics),
        ));
        let launcher = Launcher {
            registry: Arc::clone(&registry),
            scheduler,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            metrics,
            fault,
        };
        Self {
            rooms,
            registry,
            launcher,
            folder,
        }
    }

    fn start(&self, user: &UserId) {
        let fails = Kind::read(json!({ "kind": "fail" })).expect("a kind");
        self.launcher.start(user, fails).expect("started");
    }

    fn lines(&self) -> usize {
        self.launcher.scheduler.count_lines()
    }

    fn files(&self) -> usize {
        let files = std::fs::read_dir(self.folder.path());
        files.expect("a folder").count()
    }

    /// A popup for the user, in all rooms.
    async fn deliver(&self, user: &UserId) {
        let event = Event {
            name: "popup",
            payload: json!({ "info": "p" }),
            action: None,
            queued_at: 0,
        };
        let events = [Outgoing::new(event, Audience::All)];
        self.rooms.deliver(user, &events).await;
    }
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn ten_thousand_users_who_left_are_all_forgotten() {
    let parts = Parts::new();
    let stays = UserId::for_test("stays");
    parts.start(&stays);
    for crowd in 0..100 {
        for n in 0..100 {
            parts.start(&UserId::for_test(&format!("user {crowd} {n}")));
        }
        let here = || HashSet::from([stays.clone()]);
        until("only who stays is remembered", || {
            parts.registry.forget_gone(here);
            parts.registry.count_users() == 1 && parts.lines() == 0
        })
        .await;
    }
    assert_eq!(parts.registry.list(&stays).len(), 1);
    parts.registry.forget_user(&stays, || false);
    assert_eq!(parts.registry.count_users(), 1);
    parts.registry.forget_user(&stays, || true);
    assert_eq!(parts.registry.count_users(), 0);
}

#[tokio::test]
async fn a_user_who_left_is_remembered_while_an_action_runs() {
    let (parts, amy) = (Parts::new(), UserId::for_test("amy"));
    let endless = Kind::read(json!({ "kind": "endless" })).expect("a kind");
    let id = parts.launcher.start(&amy, endless).expect("started").id;
    parts.registry.forget_gone(HashSet::new);
    parts.registry.forget_user(&amy, || true);
    assert_eq!(parts.registry.list(&amy).len(), 1);
    parts.registry.stop(&amy, &id.to_string()).expect("stopped");
    until("the action is forgotten", || {
        parts.registry.forget_gone(HashSet::new);
        parts.registry.count_users() == 0
    })
    .await;
}

/// Otherwise it would start, and nobody would get its result: the scheduler ends after the last action.
#[tokio::test]
async fn a_stopping_server_starts_no_action() {
    let (parts, amy) = (Parts::new(), UserId::for_test("amy"));
    let room = parts.rooms.open(&amy, &SessionKey::of("amy's")).await;
    let endless = || Kind::read(json!({ "kind": "endless" })).expect("a kind");
    parts.launcher.start(&amy, endless()).expect("started");
    parts.launcher.stop.cancel();
    let refused = parts.launcher.start(&amy, endless()).expect_err("too late");
    assert_eq!(refused, NotNow::Stopping);
    parts.launcher.tasks.close();
    parts.launcher.tasks.wait().await;
    parts.launcher.scheduler.end().await;
    let kept = room.missed(0, u64::MAX, &Open::default()).events;
    assert!(kept.iter().any(|event| event[0] == "result"), "{kept:?}");
}

/// Holding the pen stands for a slow disk.
#[tokio::test]
async fn a_slow_disk_of_one_room_delays_no_other_user() {
    let parts = Parts::new();
    let (amy, ben) = (UserId::for_test("amy"), UserId::for_test("ben"));
    let slow = parts.rooms.open(&amy, &SessionKey::of("amy's")).await;
    let quick = parts.rooms.open(&ben, &SessionKey::of("ben's")).await;
    let pen = slow.hold_pen().await;
    let waiting = parts.deliver(&amy);
    tokio::pin!(waiting);
    // Polled once, so that it waits for the pen.
    assert!(futures_util::poll!(&mut waiting).is_pending());
    tokio::time::timeout(PATIENCE, parts.deliver(&ben))
        .await
        .expect("ben's is delivered");
    assert_eq!(quick.missed(0, 1, &Open::default()).events.len(), 1);
    // What the heartbeat and a joining socket ask of the room.
    assert_eq!(parts.rooms.count_sockets(), 0);
    assert_eq!(slow.missed(0, 1, &Open::default()).events.len(), 0);
    drop(pen);
    waiting.await;
    assert_eq!(slow.missed(0, 1, &Open::default()).events.len(), 1);
}

#[tokio::test]
async fn a_room_that_closes_during_a_write_leaves_no_file() {
    let parts = Parts::new();
    let (amy, key) = (UserId::for_test("amy"), SessionKey::of("amy's"));
    let room = parts.rooms.open(&amy, &key).await;
    parts.deliver(&amy).await;
    assert_eq!(parts.files(), 1);
    let pen = room.hold_pen().await;
    let mut waiting = Box::pin(parts.deliver(&amy));
    assert!(futures_util::poll!(&mut waiting).is_pending());
    let closing = parts.rooms.close(&key);
    assert_eq!(parts.files(), 1, "its turn comes after what is written");
    drop(pen);
    waiting.await;
    for closing in closing {
        closing.await.expect("closed");
    }
    assert_eq!(parts.files(), 0);
    assert!(parts.rooms.users().is_empty());
}
