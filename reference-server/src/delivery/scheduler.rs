//! The scheduler sends each user's queued messages to that user, at the cadence of the contract.
//!
//! Each user has a queue and a task of their own, so that no flood, error or slow tick of one user delays another.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::delivery::cadence::{Next, Sent};
use crate::delivery::described::ActionId;
use crate::delivery::log_lines::{self, Line};
use crate::delivery::message::{self, Body, MAX_MESSAGE, MessageRefused, QueuedMessage};
use crate::delivery::outgoing::{Audience, Outgoing};
use crate::delivery::queue::{MAX_MODALS, Queue};
use crate::delivery::rooms::Rooms;
use crate::delivery::wire::{self, Event};
use crate::ground::fault::{Fault, Open};
use crate::ground::lock::lock;
use crate::ground::metrics::{self, Metrics};
use crate::ground::timing::Timing;
use crate::identity::sessions::UserId;

/// Names and states of a user's running actions.
type ListRunning = dyn Fn(&UserId) -> Vec<(String, i64)> + Send + Sync;

pub(crate) struct Scheduler {
    /// Held for moments. A queue's lock may be taken while it is held, never the other way round.
    lines: Mutex<HashMap<UserId, Arc<UserLine>>>,
    rooms: Arc<Rooms>,
    list_running: Box<ListRunning>,
    timing: Timing,
    tasks: TaskTracker,
    stop: CancellationToken,
    fault: Open,
    metrics: Arc<Metrics>,
    /// When the heartbeat last ran.
    beat: Mutex<Instant>,
}

#[cfg(test)]
impl Scheduler {
    /// How many users have a line.
    pub(crate) fn count_lines(&self) -> usize {
        lock(&self.lines).len()
    }
}

/// One user's queue, and the signal that wakes its task.
#[derive(Default)]
pub(super) struct UserLine {
    pub(super) queue: Mutex<Queue>,
    wake: Notify,
}

impl Scheduler {
    pub(crate) fn new(
        rooms: Arc<Rooms>,
        list_running: impl Fn(&UserId) -> Vec<(String, i64)> + Send + Sync + 'static,
        timing: Timing,
        fault: Open,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            lines: Mutex::default(),
            rooms,
            list_running: Box::new(list_running),
            timing,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            fault,
            metrics,
            beat: Mutex::new(Instant::now()),
        }
    }

    /// Starts the heartbeat.
    pub(crate) fn start(self: &Arc<Self>) {
        self.tasks.spawn(Arc::clone(self).beat());
    }

    /// Sends what still waits, and ends. Must be called after the last action has ended, because actions queue messages
    /// until then.
    pub(crate) async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// The heartbeat, once a tick. It takes the lock of each queue and of each room, so it stops if one is never
    /// released, and it is late if the threads are busy with something else.
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

    /// The time since the last heartbeat.
    pub(crate) fn since_beat(&self) -> Duration {
        lock(&self.beat).elapsed()
    }

    /// Queues a message of an action for its owner.
    pub(crate) fn queue(
        self: &Arc<Self>,
        owner: &UserId,
        action: &ActionId,
        body: Body,
    ) -> Result<(), MessageRefused> {
        let size = body.size();
        if size > MAX_MESSAGE {
            // FAULT ISO11: the target was set before the message was checked, and it stays set.
            if self.fault.is(Fault::Iso11) {
                self.fault.aim(owner.as_str());
            }
            // FAULT ISO16: nobody checked, so the sending loop fails on it.
            if self.fault.is(Fault::Iso16) {
                self.fault.halt();
            }
            tracing::warn!(user = %owner, %action, size, "a message is too large and was refused");
            return Err(MessageRefused { size });
        }
        // FAULT LOST: taken from one queue but never put into the next.
        if self.fault.every(Fault::Lost, 3) {
            return Ok(());
        }
        let line = self.line(owner);
        // FAULT ISO06: one bound for everybody's modals, so that one user's modals push out another's.
        if self.fault.is(Fault::Iso06)
            && matches!(body, Body::Modal { .. })
            && let Some(other) = self.fault.share_modal(owner.as_str(), MAX_MODALS)
            && let Some(line) = self.line_named(&other)
        {
            lock(&line.queue).drop_oldest_modal();
        }
        lock(&line.queue).push(QueuedMessage::new(Some(action.clone()), body));
        line.wake.notify_one();
        Ok(())
    }

    /// Notes that the list of a user's running actions has changed, so that it is sent again.
    pub(crate) fn threads_changed(self: &Arc<Self>, owner: &UserId) {
        let line = self.line(owner);
        lock(&line.queue).threads_changed = true;
        line.wake.notify_one();
    }

    /// Queues a log line for its owner.
    pub(crate) fn log(self: &Arc<Self>, owner: &UserId, log_line: Line) {
        let line = self.line(owner);
        lock(&line.queue).push_line(log_line);
        line.wake.notify_one();
    }

    /// FAULTS ISO07 and ISO13: a message without an owner goes to everyone.
    pub(crate) fn queue_for_all(
        self: &Arc<Self>,
        action: &ActionId,
        body: &Body,
    ) -> Result<(), MessageRefused> {
        let everybody = self.rooms.users();
        everybody
            .iter()
            .try_for_each(|user| self.queue(user, action, body.clone()))
    }

    /// Under ISO06: the line of the user with this name, if there is one.
    fn line_named(&self, name: &str) -> Option<Arc<UserLine>> {
        let lines = lock(&self.lines);
        let mut named = lines.iter().filter(|(user, _)| user.as_str() == name);
        named.next().map(|(_, line)| Arc::clone(line))
    }

    /// FAULT LOST-ON-CLOSE: drops the messages that wait for a user.
    pub(crate) fn forget(&self, user: &UserId) {
        if let Some(line) = lock(&self.lines).get(user) {
            lock(&line.queue).take();
        }
    }

    /// The user's line. The first message creates it and starts its task.
    fn line(self: &Arc<Self>, user: &UserId) -> Arc<UserLine> {
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
        let task = Arc::clone(self).serve(user.clone(), Arc::clone(&line));
        self.tasks.spawn(task);
        line
    }

    async fn serve(self: Arc<Self>, user: UserId, line: Arc<UserLine>) {
        let mut sent = Sent::default();
        loop {
            let next = sent.next(&lock(&line.queue), &self.timing);
            let (Next::Tick(at) | Next::Rest(at)) = next;
            tokio::select! {
                // The last chance for waiting messages to get a number and to be kept.
                () = self.stop.cancelled() => {
                    return self.contained_tick(&user, &line, &mut Sent::default()).await;
                }
                () = line.wake.notified() => {}
                () = tokio::time::sleep_until(at) => match next {
                    Next::Tick(_) => {
                        self.hold().await;
                        self.contained_tick(&user, &line, &mut sent).await;
                    }
                    Next::Rest(_) if self.let_go(&user, &line) => return,
                    Next::Rest(_) => sent.kept_at = Some(Instant::now()),
                },
            }
        }
    }

    /// Removes a line in which nothing waits, so that nothing remains of a user who has left. If another task holds the
    /// line and is about to queue something, it stays.
    fn let_go(&self, user: &UserId, line: &Arc<UserLine>) -> bool {
        let mut lines = lock(&self.lines);
        // The map and this task hold one reference each. Others get one only through the map, which is locked.
        let is_held = Arc::strong_count(line) > 2;
        if is_held || !lock(&line.queue).rests() {
            return false;
        }
        lines.remove(user);
        if lines.len() < lines.capacity() / 4 {
            lines.shrink_to_fit();
        }
        true
    }

    /// Runs a tick and catches a panic, which would otherwise end this user's task for ever.
    async fn contained_tick(&self, user: &UserId, line: &UserLine, sent: &mut Sent) {
        let tick = AssertUnwindSafe(self.tick(user, line, sent));
        if tick.catch_unwind().await.is_err() {
            tracing::error!(user = %user, "a tick failed and its messages are lost");
        }
    }

    /// Under a fault: waits until messages may be sent again.
    async fn hold(&self) {
        // FAULT LATE: a batch waits for a busy worker.
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

    /// Sends what is due: to all rooms at the same time, and with one write in each.
    pub(super) async fn tick(&self, user: &UserId, line: &UserLine, sent: &mut Sent) {
        let due = sent.take(&mut lock(&line.queue), &self.timing);
        if self.fault.is(Fault::Iso06) {
            self.fault.modals_gone(user.as_str());
        }
        let mut own: Vec<Outgoing> = due
            .messages
            .iter()
            .chain(&self.report_of_drops(user, due.dropped))
            .map(|message| Outgoing::new(event(message), Audience::All))
            .collect();
        let (messages, mut leaked) = (own.clone(), Vec::new());
        if !messages.is_empty() && self.fault.is(Fault::Iso11) {
            let targets = self.fault.take_targets(user.as_str());
            let mut others = self.rooms.users();
            others.retain(|other| targets.contains(other.as_str()));
            leaked.extend(others.into_iter().map(|other| (other, messages.clone())));
        }
        if due.threads {
            let event = own_event("threads", wire::threads(&(self.list_running)(user)));
            let threads = Outgoing::new(event, Audience::All);
            // FAULT ISO04: the list goes to everyone.
            if self.fault.is(Fault::Iso04) {
                leaked.extend(self.to_everybody(&threads));
            } else {
                own.push(threads);
            }
        }
        if !due.lines.is_empty() {
            let event = own_event("log_update", log_lines::payload(&due.lines));
            let lines = Outgoing::new(event, Audience::LiveLogs);
            // FAULT ISO05: every watcher's handler is attached to the one root logger.
            if self.fault.is(Fault::Iso05) {
                leaked.extend(self.to_everybody(&lines));
            } else {
                own.push(lines);
            }
        }
        self.rooms.deliver(user, &own).await;
        if self.fault.is(Fault::LateLeak) {
            self.leak_later(user, &messages);
        }
        let sent_at = message::now();
        for sent in &messages {
            let waited = Duration::from_micros(sent_at.saturating_sub(sent.event.queued_at));
            metrics::observe(&self.metrics.delivery, waited);
        }
        for (other, events) in leaked {
            self.rooms.deliver(&other, &events).await;
        }
    }

    /// FAULT LATE-LEAK: a slow worker sends a copy to every other user.
    fn leak_later(&self, user: &UserId, messages: &[Outgoing]) {
        let (rooms, messages) = (Arc::clone(&self.rooms), messages.to_vec());
        let mut others = rooms.users();
        others.retain(|other| other != user);
        self.tasks.spawn(async move {
            tokio::time::sleep(Duration::from_millis(200)).await;
            for other in others {
                rooms.deliver(&other, &messages).await;
            }
        });
    }

    fn report_of_drops(&self, user: &UserId, dropped: Option<u64>) -> Option<QueuedMessage> {
        let n = dropped?;
        tracing::warn!(user = %user, dropped = n, "a queue was full");
        self.metrics.dropped.inc_by(n);
        let text = format!("{n} messages were dropped because too many came at once");
        let level = "warning";
        Some(QueuedMessage::new(None, Body::Popup { level, text }))
    }

    /// FAULTS ISO04 and ISO05: one user's event, for every user who has a room.
    fn to_everybody(
        &self,
        event: &Outgoing,
    ) -> impl Iterator<Item = (UserId, Vec<Outgoing>)> + use<> {
        let events = vec![event.clone()];
        let everybody = self.rooms.users().into_iter();
        everybody.map(move |user| (user, events.clone()))
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

/// An event of the scheduler itself.
fn own_event(name: &'static str, payload: serde_json::Value) -> Event {
    Event {
        name,
        payload,
        action: None,
        queued_at: message::now(),
    }
}
