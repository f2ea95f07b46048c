//! Events between the queue and the sockets: they get their numbers and are written to the journal.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::json;

use super::journal::{self, Journal, Kept};
use super::wire::{Event, Meta};

/// Events that are about to be numbered and written.
pub(super) struct Batch {
    /// The last number before them.
    pub(super) seq: u64,
    pub(super) events: Vec<Arc<Event>>,
    pub(super) keep: bool,
    /// The events that the room kept before these, if the journal has to be rewritten.
    pub(super) kept: VecDeque<Kept>,
}

/// An event's number, and the event as it is kept.
pub(super) type Numbered = (Meta, Kept);

impl Batch {
    /// Numbers the events and writes them. If that fails, the numbers leap past every number that the file could cause
    /// to be given twice. Blocks on the disk.
    pub(super) fn write(&self, journal: &mut Journal) -> Vec<Numbered> {
        let numbered = self.numbered(self.seq);
        let written = if self.keep {
            let events: Vec<Kept> = numbered.iter().map(|(_, kept)| kept.clone()).collect();
            journal.append(self.seq, Some(&events), &self.kept)
        } else {
            let last = self.seq + self.events.len() as u64;
            journal.append(last, None, &self.kept)
        };
        if written {
            return numbered;
        }
        self.numbered(journal::beyond(self.seq))
    }

    fn numbered(&self, seq: u64) -> Vec<Numbered> {
        let number = |(seq, event): (u64, &Arc<Event>)| {
            let meta = Meta {
                seq,
                action: event.action.clone(),
                queued_at: event.queued_at,
            };
            let text = json!([event.name, event.payload, meta]).to_string();
            (meta, (seq, text.into()))
        };
        (seq + 1..).zip(&self.events).map(number).collect()
    }
}
