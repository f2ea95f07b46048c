//! The scheduler: sends each user's queued messages to that user, at its cadence.
//!
//! Each user has a queue and a task of their own: no flood, fault or slow tick of one delays another.

#[cfg(feature = "bench")]
pub mod bench;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use thiserror::Error;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::action::ActionId;
use crate::fault::{Fault, Open};
use crate::logs::{self, Line};
use crate::message::{self, Body, QueuedMessage};
use crate::metrics::{self, Metrics};
use crate::queue::{MAX_MODALS, Queue};
use crate::rooms::{Audience, Rooms};
use crate::server::Timing;
use crate::sessions::UserId;
use crate::wire::{self, Event};

/// Bytes of text that one message may carry.
pub(crate) const MAX_MESSAGE: usize = 256 << 10;

/// Why a message was refused to its maker.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the message has {size} bytes and may have {MAX_MESSAGE}")]
pub(crate) struct MessageRefused {
    size: usize,
}

/// Names and states of a user's running actions.
pub(crate) type ListThreads = dyn Fn(&UserId) -> Vec<(String, i64)> + Send + Sync;

pub(crate) struct Scheduler {
    lines: Mutex<HashMap<UserId, Arc<UserLine>>>,
    rooms: Arc<Rooms>,
    timing: Timing,
    tasks: TaskTracker,
    stop: CancellationToken,
    fault: Open,
    metrics: Arc<Metrics>,
    /// When the heart last beat.
    beat: Mutex<Instant>,
}

/// One user's queue and the bell of its task.
#[derive(Default)]
struct UserLine {
    queue: Mutex<Queue>,
    wake: Notify,
}

impl Scheduler {
    pub(crate) fn new(
        rooms: Arc<Rooms>,
        timing: Timing,
        fault: Open,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            lines: Mutex::default(),
            rooms,
            timing,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            fault,
            metrics,
            beat: Mutex::new(Instant::now()),
        }
    }

    /// Lets the heart beat.
    pub(crate) fn start(self: &Arc<Self>) {
        self.tasks.spawn(Arc::clone(self).beat());
    }

    /// Sends what still waits, and ends. It outlasts the actions, which speak into it until they end.
    pub(crate) async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// The heart-beat, once a tick: it takes the lock of each queue and of each room, so that it stops when one
    /// is never given back, and it is late when the threads are busy with something else.
    async fn beat(self: Arc<Self>) {
        let mut due = Instant::now();
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep_until(due) => {}
            }
            self.metrics.beat(due.elapsed());
            let lines: Vec<Arc<UserLine>> = lock(&self.lines).values().cloned().collect();
            let queued: usize = lines.iter().map(|line| lock(&line.queue).len()).sum();
            self.metrics.queued.set(metrics::signed(queued));
            let sockets = metrics::signed(self.rooms.count_sockets());
            self.metrics.sockets.set(sockets);
            let now = Instant::now();
            *lock(&self.beat) = now;
            due = now + self.timing.tick;
        }
    }

    /// How long ago the heart beat last.
    pub(crate) fn since_beat(&self) -> Duration {
        lock(&self.beat).elapsed()
    }

    /// Queues a message of an action for its owner.
    pub(crate) fn queue(
        self: &Arc<Self>,
        owner: &UserId,
        action: &ActionId,
        body: Body,
        list: &Arc<ListThreads>,
    ) -> Result<(), MessageRefused> {
        let size = body.size();
        if size > MAX_MESSAGE {
            // FAULT ISO11: the target was set before the message was looked at, and stays.
            if self.fault.is(Fault::Iso11) {
                self.fault.aim(owner);
            }
            // FAULT ISO16: nobody looked, and the loop that sends met it.
            if self.fault.is(Fault::Iso16) {
                self.fault.halt();
            }
            tracing::warn!(user = %owner, %action, size, "a message is too large and was refused");
            return Err(MessageRefused { size });
        }
        // FAULT LOST: taken from one queue and not yet in the other.
        if self.fault.every(Fault::Lost, 3) {
            return Ok(());
        }
        let line = self.line(owner, list);
        // FAULT ISO06: one bound for everybody's modals, so that one user's push out another's.
        if self.fault.is(Fault::Iso06)
            && matches!(body, Body::Modal { .. })
            && let Some(other) = self.fault.share_modal(owner, MAX_MODALS)
        {
            lock(&self.line(&other, list).queue).drop_oldest_modal();
        }
        lock(&line.queue).push(QueuedMessage::new(Some(action.clone()), body));
        line.wake.notify_one();
        Ok(())
    }

    /// Notes that the list of a user's running actions has changed.
    pub(crate) fn threads_changed(self: &Arc<Self>, owner: &UserId, list: &Arc<ListThreads>) {
        let line = self.line(owner, list);
        lock(&line.queue).threads_changed = true;
        line.wake.notify_one();
    }

    /// Queues a log line for its owner.
    pub(crate) fn log(self: &Arc<Self>, owner: &UserId, log_line: Line, list: &Arc<ListThreads>) {
        let line = self.line(owner, list);
        lock(&line.queue).push_line(log_line);
        line.wake.notify_one();
    }

    /// FAULTS ISO07 and ISO13: a message that has no owner falls to everyone.
    pub(crate) fn queue_for_all(
        self: &Arc<Self>,
        action: &ActionId,
        body: &Body,
        list: &Arc<ListThreads>,
    ) -> Result<(), MessageRefused> {
        let everybody = self.rooms.users();
        everybody
            .iter()
            .try_for_each(|user| self.queue(user, action, body.clone(), list))
    }

    /// FAULT LOST-ON-CLOSE: what waits for a user is forgotten.
    pub(crate) fn forget(&self, user: &UserId) {
        if let Some(line) = lock(&self.lines).get(user) {
            lock(&line.queue).take();
        }
    }

    /// The user's line; the first message starts its task.
    fn line(self: &Arc<Self>, user: &UserId, list: &Arc<ListThreads>) -> Arc<UserLine> {
        let mut lines = lock(&self.lines);
        if let Some(line) = lines.get(user) {
            return Arc::clone(line);
        }
        let line = Arc::new(UserLine {
            queue: Mutex::new(Queue::new(self.fault.clone())),
            wake: Notify::default(),
        });
        lines.insert(user.clone(), Arc::clone(&line));
        drop(lines);
        let task = Arc::clone(self).serve(user.clone(), Arc::clone(&line), Arc::clone(list));
        self.tasks.spawn(task);
        line
    }

    async fn serve(self: Arc<Self>, user: UserId, line: Arc<UserLine>, list: Arc<ListThreads>) {
        let mut sent = Sent::default();
        loop {
            let due = sent.due(&lock(&line.queue), &self.timing);
            tokio::select! {
                // What still waits has its last chance to get a number and to be kept.
                () = self.stop.cancelled() => {
                    return self.contained_tick(&user, &line, &mut Sent::default(), &list);
                }
                () = line.wake.notified() => {}
                () = sleep_until(due) => {
                    self.hold().await;
                    self.contained_tick(&user, &line, &mut sent, &list);
                }
            }
        }
    }

    /// A panic would silence this user for ever; it must not.
    fn contained_tick(
        &self,
        user: &UserId,
        line: &UserLine,
        sent: &mut Sent,
        list: &Arc<ListThreads>,
    ) {
        let tick = AssertUnwindSafe(|| self.tick(user, line, sent, list));
        if std::panic::catch_unwind(tick).is_err() {
            tracing::error!(user = %user, "a tick failed and its messages are lost");
        }
    }

    /// Under a fault: until messages go again.
    async fn hold(&self) {
        // FAULT LATE: a batch waits for a worker that is busy.
        if self.fault.is(Fault::Late) {
            self.wait(Duration::from_secs(3)).await;
        }
        // FAULTS ISO15 and ISO16: one gate for all.
        while self.fault.holds_all() && !self.stop.is_cancelled() {
            self.wait(Duration::from_millis(20)).await;
        }
    }

    async fn wait(&self, time: Duration) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(time) => {}
        }
    }

    /// Sends what is due.
    fn tick(&self, user: &UserId, line: &UserLine, sent: &mut Sent, list: &Arc<ListThreads>) {
        let now = Instant::now();
        let is_due = |last: Option<Instant>, period| last.is_none_or(|last| last + period <= now);
        let mut queue = lock(&line.queue);
        let (messages, dropped) = if is_due(sent.messages, self.timing.tick) {
            queue.take()
        } else {
            Default::default()
        };
        let threads = queue.threads_changed && is_due(sent.threads, self.timing.threads);
        queue.threads_changed &= !threads;
        let lines = if is_due(sent.lines, self.timing.logs) {
            queue.take_lines()
        } else {
            Vec::new()
        };
        drop(queue);
        if self.fault.is(Fault::Iso06) {
            self.fault.modals_gone(user);
        }

        if !messages.is_empty() {
            sent.messages = Some(now);
            let told = dropped.map(|n| {
                tracing::warn!(user = %user, dropped = n, "a queue was full");
                self.metrics.dropped.inc_by(n);
                let text = format!("{n} messages were dropped because too many came at once");
                QueuedMessage::new(
                    None,
                    Body::Popup {
                        level: "warning",
                        text,
                    },
                )
            });
            let events: Vec<Event> = messages.iter().chain(&told).map(event).collect();
            self.rooms.deliver(user, &events, Audience::All);
            let sent_at = message::now();
            for event in &events {
                let waited = Duration::from_micros(sent_at.saturating_sub(event.queued_at));
                metrics::observe(&self.metrics.delivery, waited);
            }
            if self.fault.is(Fault::Iso11) {
                for other in self.fault.take_targets(user) {
                    self.rooms.deliver(&other, &events, Audience::All);
                }
            }
        }
        if threads {
            sent.threads = Some(now);
            self.send_threads(user, list);
        }
        if !lines.is_empty() {
            sent.lines = Some(now);
            let event = own_event("log_update", logs::payload(&lines));
            // FAULT ISO05: each watcher's handler hangs on the one root logger.
            if self.fault.is(Fault::Iso05) {
                let everybody = self.rooms.users();
                everybody.iter().for_each(|other| {
                    self.rooms
                        .deliver(other, std::slice::from_ref(&event), Audience::LiveLogs);
                });
            } else {
                self.rooms.deliver(user, &[event], Audience::LiveLogs);
            }
        }
    }

    fn send_threads(&self, user: &UserId, list: &Arc<ListThreads>) {
        // FAULT ISO04: the list goes to everybody.
        if self.fault.is(Fault::Iso04) {
            let event = [own_event("threads", wire::threads(&list(user)))];
            let everybody = self.rooms.users();
            return everybody
                .iter()
                .for_each(|other| self.rooms.deliver(other, &event, Audience::All));
        }
        let event = own_event("threads", wire::threads(&list(user)));
        self.rooms.deliver(user, &[event], Audience::All);
    }
}

/// When each kind was last sent.
#[derive(Default)]
struct Sent {
    messages: Option<Instant>,
    threads: Option<Instant>,
    lines: Option<Instant>,
}

impl Sent {
    /// The next moment at which something must go; `None` while nothing waits. Who has been quiet for
    /// a period is served at once.
    fn due(&self, queue: &Queue, timing: &Timing) -> Option<Instant> {
        let now = Instant::now();
        let at = |waits: bool, last: Option<Instant>, period: Duration| {
            waits.then(|| last.map_or(now, |last| now.max(last + period)))
        };
        [
            at(!queue.is_empty(), self.messages, timing.tick),
            at(queue.threads_changed, self.threads, timing.threads),
            at(queue.has_lines(), self.lines, timing.logs),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

fn event(message: &QueuedMessage) -> Event {
    let (name, payload) = wire::event(&message.body);
    Event {
        name,
        payload,
        action: message.action.clone(),
        queued_at: message.queued_at,
    }
}

/// An event that the scheduler itself makes.
fn own_event(name: &'static str, payload: serde_json::Value) -> Event {
    Event {
        name,
        payload,
        action: None,
        queued_at: message::now(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
