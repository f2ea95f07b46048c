//! One user's queue: what waits for the end of the tick, within its limits.

use std::collections::{BTreeMap, VecDeque};

use crate::fault::{Fault, Open};
use crate::logs::Line;
use crate::message::{Body, QueuedMessage};

/// Messages a user may have waiting (CONTRACT, cadence and queues).
pub(crate) const MAX_MESSAGES: usize = 1000;
/// Modals a user may have waiting; the newest are kept.
pub(crate) const MAX_MODALS: usize = 5;
/// Log lines a user may have waiting.
const MAX_LINES: usize = 1000;

#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: VecDeque<QueuedMessage>,
    lines: VecDeque<Line>,
    /// Dropped since the user was last told.
    dropped: u64,
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

    pub(crate) fn has_lines(&self) -> bool {
        !self.lines.is_empty()
    }

    pub(crate) fn push(&mut self, message: QueuedMessage) {
        if let Body::Status { category, text, .. } = &message.body {
            // FAULT ISO17: what is replaced is looked for by its text alone.
            let swallows = self.fault.is(Fault::Iso17);
            let same = |other: &QueuedMessage| {
                matches!(&other.body, Body::Status { category: c, text: t, .. } if (c == category || swallows) && t == text)
                    && other.action == message.action
            };
            self.waiting.retain(|other| !same(other));
        }
        let modal = |other: &QueuedMessage| matches!(other.body, Body::Modal { .. });
        if modal(&message) && self.waiting.iter().filter(|other| modal(other)).count() >= MAX_MODALS
        {
            self.drop_oldest_modal();
        }
        if self.waiting.len() >= MAX_MESSAGES {
            self.waiting.pop_front();
            self.dropped += 1;
        }
        self.waiting.push_back(message);
    }

    pub(crate) fn push_line(&mut self, line: Line) {
        if self.lines.len() >= MAX_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    pub(crate) fn drop_oldest_modal(&mut self) {
        if let Some(oldest) = self
            .waiting
            .iter()
            .position(|other| matches!(other.body, Body::Modal { .. }))
        {
            self.waiting.remove(oldest);
            self.dropped += 1;
        }
    }

    /// Everything that waits, grouped by kind, each button's final state last; and how many messages
    /// were dropped, when any were.
    pub(crate) fn take(&mut self) -> (Vec<QueuedMessage>, Option<u64>) {
        let mut messages: Vec<QueuedMessage> = self.waiting.drain(..).collect();
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
        // FAULT BUTTON-STATE: each state is kept, and the kinds of states have an order too.
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

    pub(crate) fn take_lines(&mut self) -> Vec<Line> {
        self.lines.drain(..).collect()
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
            let (name, payload) = crate::wire::event(&message.body);
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
}
