//! One user's queue: the messages that wait for the end of the tick, within limits.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use crate::delivery::described::ActionId;
use crate::delivery::log_lines::Line;
use crate::delivery::message::{Body, QueuedMessage};
use crate::ground::fault::{Fault, Open};

/// Messages a user may have waiting (CONTRACT, cadence and queues).
pub(crate) const MAX_MESSAGES: usize = 1000;
/// Modals a user may have waiting; the newest are kept.
pub(crate) const MAX_MODALS: usize = 5;
/// Log lines a user may have waiting.
const MAX_LINES: usize = 1000;

/// A status replaces an earlier one with the same key: action, category and text.
type StatusKey = (Option<ActionId>, Arc<str>, String);

#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// In the order in which they came.
    waiting: BTreeMap<u64, QueuedMessage>,
    next: u64,
    /// The positions of the waiting statuses, and of the modals. Searching for them would take quadratic time in a
    /// flood.
    statuses: HashMap<StatusKey, u64>,
    modals: VecDeque<u64>,
    lines: VecDeque<Line>,
    /// Messages dropped since the last report to the user.
    dropped: u64,
    /// Lines dropped since the last report.
    dropped_lines: u64,
    /// The list of running actions has changed since it was last sent.
    pub(crate) threads_changed: bool,
    fault: Open,
}

impl Queue {
    pub(crate) fn new(fault: Open) -> Self {
        Self {
            fault,
            ..Self::default()
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether it holds nothing that a new queue would not hold.
    pub(crate) fn rests(&self) -> bool {
        let all_reported = self.dropped == 0 && self.dropped_lines == 0;
        self.is_empty() && !self.has_lines() && !self.threads_changed && all_reported
    }

    pub(crate) fn has_lines(&self) -> bool {
        !self.lines.is_empty()
    }

    pub(crate) fn push(&mut self, message: QueuedMessage) {
        let here = self.next;
        self.next += 1;
        if let Some(key) = self.status_key(&message)
            && let Some(replaced) = self.statuses.insert(key, here)
        {
            self.waiting.remove(&replaced);
        }
        if matches!(message.body, Body::Modal { .. }) {
            if self.modals.len() >= MAX_MODALS {
                self.drop_oldest_modal();
            }
            self.modals.push_back(here);
        }
        if self.waiting.len() >= MAX_MESSAGES {
            self.drop_oldest();
        }
        self.waiting.insert(here, message);
    }

    /// Only a status replaces another.
    fn status_key(&self, message: &QueuedMessage) -> Option<StatusKey> {
        let Body::Status { category, text, .. } = &message.body else {
            return None;
        };
        // FAULT ISO17: the status to replace is found by its text only.
        let category = if self.fault.is(Fault::Iso17) {
            "".into()
        } else {
            Arc::clone(category)
        };
        Some((message.action.clone(), category, text.clone()))
    }

    pub(crate) fn push_line(&mut self, line: Line) {
        if self.lines.len() >= MAX_LINES {
            self.lines.pop_front();
            self.dropped_lines += 1;
        }
        self.lines.push_back(line);
    }

    fn drop_oldest(&mut self) {
        let Some((oldest, message)) = self.waiting.pop_first() else {
            return;
        };
        self.dropped += 1;
        if let Some(key) = self.status_key(&message) {
            self.statuses.remove(&key);
        }
        if self.modals.front() == Some(&oldest) {
            self.modals.pop_front();
        }
    }

    pub(crate) fn drop_oldest_modal(&mut self) {
        if let Some(oldest) = self.modals.pop_front() {
            self.waiting.remove(&oldest);
            self.dropped += 1;
        }
    }

    /// Everything that waits, grouped by kind, with each button's final state last. Also the number of dropped
    /// messages, if there were any.
    pub(crate) fn take(&mut self) -> (Vec<QueuedMessage>, Option<u64>) {
        let waiting = std::mem::take(&mut self.waiting);
        let mut messages: Vec<QueuedMessage> = waiting.into_values().collect();
        self.statuses.clear();
        self.modals.clear();
        let every = if self.fault.is(Fault::ButtonState) {
            messages.clone()
        } else {
            Vec::new()
        };
        let mut last_state = BTreeMap::new();
        for (index, message) in messages.iter().enumerate() {
            if let Body::Enabled { button, .. } = &message.body {
                last_state.insert(button.clone(), index);
            }
        }
        let mut index = 0;
        messages.retain(|message| {
            let here = index;
            index += 1;
            match &message.body {
                Body::Enabled { button, .. } => last_state.get(button) == Some(&here),
                _ => true,
            }
        });
        messages.sort_by_key(|message| message.body.rank());
        // FAULT BUTTON-STATE: every state is kept, and all are sorted by their value.
        if self.fault.is(Fault::ButtonState) {
            messages = every;
            messages.sort_by_key(|message| match message.body {
                Body::Enabled { enabled, .. } => message.body.rank() + u8::from(enabled),
                _ => message.body.rank(),
            });
        }
        let dropped = std::mem::take(&mut self.dropped);
        (messages, (dropped > 0).then_some(dropped))
    }

    /// The lines that wait. If lines were dropped, the first one says how many.
    pub(crate) fn take_lines(&mut self) -> Vec<Line> {
        let dropped = std::mem::take(&mut self.dropped_lines);
        let report = (dropped > 0).then(|| {
            let text = format!("{dropped} lines were dropped because too many came at once");
            Line::new("WARNING", "queue.rs:lines", text)
        });
        report.into_iter().chain(self.lines.drain(..)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue_of(bodies: impl IntoIterator<Item = Body>) -> Queue {
        let mut queue = Queue::default();
        for body in bodies {
            queue.push(QueuedMessage::new(None, body));
        }
        queue
    }

    fn taken(mut queue: Queue) -> Vec<String> {
        let show = |message: &QueuedMessage| {
            let (name, payload) = crate::delivery::wire::event(&message.body);
            format!("{name} {payload}")
        };
        queue.take().0.iter().map(show).collect()
    }

    fn status(category: &str, text: &str, status: i64) -> Body {
        Body::Status {
            category: category.into(),
            text: text.into(),
            status,
            supplement: String::new(),
        }
    }

    fn enabled(button: &str, enabled: bool) -> Body {
        Body::Enabled {
            button: button.into(),
            enabled,
        }
    }

    fn modal(n: usize) -> Body {
        Body::Modal {
            id: n.to_string(),
            text: String::new(),
        }
    }

    #[test]
    fn a_tick_has_its_order_and_a_button_its_final_state() {
        let result = Body::Result {
            category: "success",
            text: "x".into(),
        };
        let popup = Body::Popup {
            level: "info",
            text: "p".into(),
        };
        let all = [
            enabled("b", true),
            result,
            enabled("b", false),
            enabled("a", true),
            popup,
            status("c", "t", 1),
        ];
        assert_eq!(
            taken(queue_of(all)),
            [
                r#"popup {"info":"p"}"#,
                r#"action_status {"c":["t",1,""]}"#,
                r#"result {"category":"success","text":"x"}"#,
                r#"disable_button ["b"]"#,
                r#"enable_button ["a"]"#,
            ]
        );
    }

    #[test]
    fn a_status_replaces_its_like_alone() {
        let all = [
            status("a", "t", 1),
            status("b", "t", 1),
            status("a", "u", 1),
            status("a", "t", 2),
        ];
        assert_eq!(taken(queue_of(all)).len(), 3);
    }

    #[test]
    fn the_newest_five_modals_are_kept_and_the_drop_is_counted() {
        let mut queue = queue_of((0..7).map(modal));
        let (messages, dropped) = queue.take();
        assert_eq!((messages.len(), dropped), (5, Some(2)));
        assert!(matches!(&messages[0].body, Body::Modal { id, .. } if id == "2"));
        let mut flooded = queue_of((0..1003).map(|n| Body::Popup {
            level: "info",
            text: n.to_string(),
        }));
        assert_eq!(flooded.take().1, Some(3));
        assert_eq!(flooded.take().1, None);
    }

    #[test]
    fn a_dropped_or_sent_status_is_not_replaced() {
        let mut queue = queue_of([status("a", "t", 1), modal(0)]);
        for n in 0..MAX_MESSAGES {
            queue.push(QueuedMessage::new(None, status("b", &n.to_string(), 1)));
        }
        // The first two were dropped. So the same status is a new message, and there is room for five modals.
        queue.push(QueuedMessage::new(None, status("a", "t", 2)));
        (1..=MAX_MODALS).for_each(|n| queue.push(QueuedMessage::new(None, modal(n))));
        let (messages, dropped) = queue.take();
        assert_eq!((messages.len(), dropped), (MAX_MESSAGES, Some(8)));
        queue.push(QueuedMessage::new(None, status("a", "t", 3)));
        assert_eq!(queue.take().0.len(), 1);
    }

    #[test]
    fn dropped_lines_are_reported() {
        let mut queue = Queue::default();
        for n in 0..MAX_LINES + 2 {
            queue.push_line(Line::new("INFO", "here", n.to_string()));
        }
        let lines = crate::delivery::log_lines::payload(&queue.take_lines()).to_string();
        assert!(lines.contains("2 lines were dropped"), "{lines}");
        assert!(queue.take_lines().is_empty());
    }
}
