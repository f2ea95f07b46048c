//! When a user's waiting events are sent: each kind has a shortest interval, and after a quiet period an event is sent
//! at once.

use std::time::Duration;

use tokio::time::Instant;

use super::log_lines::Line;
use super::message::QueuedMessage;
use super::queue::Queue;
use crate::ground::timing::Timing;

/// What a tick sends.
#[derive(Default)]
pub(super) struct Due {
    pub(super) messages: Vec<QueuedMessage>,
    /// Messages that a full queue has dropped.
    pub(super) dropped: Option<u64>,
    pub(super) threads: bool,
    pub(super) lines: Vec<Line>,
}

/// When each kind was last sent.
#[derive(Default)]
pub(super) struct Sent {
    messages: Option<Instant>,
    threads: Option<Instant>,
    lines: Option<Instant>,
    /// When the user's line could not be removed because somebody held it.
    pub(super) kept_at: Option<Instant>,
}

/// What a user's task waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Next {
    /// Something has to be sent then.
    Tick(Instant),
    /// Nothing waits. From then on a new event could be sent at once.
    Rest(Instant),
}

impl Sent {
    /// The next time at which something has to be sent. After a quiet interval that is now.
    pub(super) fn next(&self, queue: &Queue, timing: &Timing) -> Next {
        let now = Instant::now();
        let free = |last: Option<Instant>, period: Duration| {
            last.map_or(now, |last| now.max(last + period))
        };
        let kinds = [
            (!queue.is_empty(), free(self.messages, timing.tick)),
            (queue.threads_changed, free(self.threads, timing.threads)),
            (queue.has_lines(), free(self.lines, timing.logs)),
        ];
        let waiting = kinds.iter().filter(|(waits, _)| *waits);
        if let Some(due) = waiting.map(|(_, at)| *at).min() {
            return Next::Tick(due);
        }
        let free = kinds.iter().map(|(_, at)| *at).max().unwrap_or(now);
        let kept_at = self.kept_at.map_or(now, |kept_at| kept_at + timing.tick);
        Next::Rest(free.max(kept_at))
    }

    /// Takes what is due out of the queue, and notes the time.
    pub(super) fn take(&mut self, queue: &mut Queue, timing: &Timing) -> Due {
        let now = Instant::now();
        let is_due = |last: Option<Instant>, period| last.is_none_or(|last| last + period <= now);
        let mut due = Due::default();
        if is_due(self.messages, timing.tick) && !queue.is_empty() {
            (due.messages, due.dropped) = queue.take();
            self.messages = Some(now);
        }
        if is_due(self.threads, timing.threads) && queue.threads_changed {
            due.threads = std::mem::take(&mut queue.threads_changed);
            self.threads = Some(now);
        }
        if is_due(self.lines, timing.logs) && queue.has_lines() {
            due.lines = queue.take_lines();
            self.lines = Some(now);
        }
        due
    }
}
