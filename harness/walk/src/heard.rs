//! What a tab has heard, for steps that wait: in its order, and the newest of each name.
//!
//! In: everything that came, as it came. Out: what came since a given moment, and the newest event of a name. Both are
//! bounded: what is older is forgotten, and a step that asks for it waits for the next.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use targets::language::came::Came;

/// Things that are kept in their order.
const RECENT: usize = 4096;
/// Bytes of them.
const BYTES: usize = 16 << 20;
/// Names whose newest event is kept.
const NAMES: usize = 1000;

/// One thing that came.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// The socket that it came over, by its name in the target file.
    pub(crate) socket: String,
    pub(crate) came: Came,
    /// The number of what it acknowledges.
    pub(crate) acknowledges: Option<u64>,
    /// Bytes of its frame.
    pub(crate) size: usize,
}

/// What a tab has heard.
#[derive(Debug, Default)]
pub(crate) struct Log {
    recent: VecDeque<Arc<Heard>>,
    bytes: usize,
    newest: BTreeMap<String, Arc<Heard>>,
    last: u64,
    /// The number of the last thing before the page was opened.
    opened: u64,
}

impl Log {
    /// Takes what came.
    pub(crate) fn take(&mut self, mut heard: Heard) {
        self.last += 1;
        heard.number = self.last;
        let size = heard.size;
        let heard = Arc::new(heard);
        if let Some(name) = &heard.came.event
            && (self.newest.len() < NAMES || self.newest.contains_key(name))
        {
            self.newest.insert(name.clone(), Arc::clone(&heard));
        }
        self.bytes += size;
        self.recent.push_back(heard);
        while self.recent.len() > RECENT || (self.bytes > BYTES && self.recent.len() > 1) {
            let forgotten = self.recent.pop_front();
            self.bytes -= forgotten.map_or(0, |heard| heard.size);
        }
    }

    /// From now on nothing is the newest of its name: the page is opened anew.
    pub(crate) fn reopen(&mut self) {
        self.newest.clear();
        self.opened = self.last;
    }

    /// The moment before the page was opened.
    pub(crate) const fn before_opened(&self) -> u64 {
        self.opened
    }

    /// The number of the newest: a moment to ask about later.
    pub(crate) const fn now(&self) -> u64 {
        self.last
    }

    /// What came after this moment, oldest first.
    pub(crate) fn since(&self, moment: u64) -> Vec<Arc<Heard>> {
        let known = self.recent.partition_point(|heard| heard.number <= moment);
        self.recent.range(known..).cloned().collect()
    }

    /// The events of these names since the page was opened, the newest first; of any name where there are none.
    pub(crate) fn opened(&self, names: &[&str]) -> Vec<Arc<Heard>> {
        let recent = self.recent.iter().rev();
        let own = recent.take_while(|heard| heard.number > self.opened);
        let is_meant = |heard: &&Arc<Heard>| match &heard.came.event {
            Some(event) => names.is_empty() || names.contains(&event.as_str()),
            None => false,
        };
        own.filter(is_meant).cloned().collect()
    }

    /// The newest event of one of these names; of any name where there are none.
    pub(crate) fn newest(&self, names: &[&str]) -> Option<Arc<Heard>> {
        if names.is_empty() {
            let recent = self.recent.iter().rev();
            let is_new = |heard: &&Arc<Heard>| heard.number > self.opened;
            let mut recent = recent.take_while(is_new);
            return recent.find(|heard| heard.came.event.is_some()).cloned();
        }
        let found = names.iter().filter_map(|name| self.newest.get(*name));
        found.max_by_key(|heard| heard.number).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, size: usize) -> Heard {
        let came = Came {
            event: Some(name.to_owned()),
            ..Came::default()
        };
        Heard {
            came,
            size,
            ..Heard::default()
        }
    }

    #[test]
    fn what_came_is_known_in_its_order_and_by_its_name() {
        let mut log = Log::default();
        log.take(event("a", 1));
        let moment = log.now();
        log.take(event("b", 1));
        log.take(Heard {
            size: 1,
            ..Heard::default()
        });
        let since: Vec<u64> = log.since(moment).iter().map(|heard| heard.number).collect();
        assert_eq!(since, [2, 3]);
        let newest = |names: &[&str]| log.newest(names).map(|heard| heard.number);
        assert_eq!(newest(&["a"]), Some(1));
        assert_eq!(newest(&["a", "b"]), Some(2));
        assert_eq!(newest(&[]), Some(2));
        assert_eq!(newest(&["c"]), None);
        let opened = |log: &Log| -> Vec<u64> {
            let opened = log.opened(&["a", "b"]);
            opened.iter().map(|heard| heard.number).collect()
        };
        assert_eq!(opened(&log), [2, 1]);
        log.reopen();
        assert_eq!(opened(&log), [0; 0]);
        let newest = |names: &[&str]| log.newest(names).map(|heard| heard.number);
        assert_eq!((newest(&["a"]), newest(&[])), (None, None));
        assert_eq!(log.since(moment).len(), 2);
    }

    #[test]
    fn a_flood_is_forgotten_but_for_the_newest_of_each_name() {
        let mut log = Log::default();
        log.take(event("first", 1));
        for _ in 0..2 * RECENT {
            log.take(event("flood", 1));
        }
        assert_eq!(log.since(0).len(), RECENT);
        assert_eq!(log.newest(&["first"]).map(|heard| heard.number), Some(1));
        for _ in 0..10 {
            log.take(event("long", BYTES / 2));
        }
        assert!(log.bytes <= BYTES && log.since(0).len() <= 2);
        for name in 0..2 * NAMES {
            log.take(event(&name.to_string(), 1));
        }
        assert!(log.newest.len() <= NAMES);
    }
}
