//! What a tab remembers of its events for callers that wait: how many of each name came, but not the events.
//!
//! In: each event as it arrives. Out: counts, the last of some names, the first since a given moment. An arrival and a
//! question cost the same however much has come before. Memory is bounded. Beyond the bound the tally takes no more,
//! and the run says so, because an event that was not counted would look like one that did not come.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use evidence::Marker;

/// Bytes of distinct event names.
const NAMES: usize = 4 << 20;
/// Pairs of an event name and one of the user's own markers: one for each kind of event of each action.
const MARKED: usize = 200_000;
/// How many of the newest events are kept in order.
const RECENT: usize = 256;

/// What is known about one name.
#[derive(Debug, Default)]
struct NameCount {
    came: usize,
    /// How many of them earlier waits have used.
    used: usize,
    /// The number of the last one, counted from 1.
    last: u64,
}

/// The counts of one tab.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    names: HashMap<Arc<str>, NameCount>,
    bytes: usize,
    marked: HashMap<Marker, HashMap<Arc<str>, usize>>,
    n_marked: usize,
    recent: VecDeque<(u64, Arc<str>)>,
    total: u64,
    /// How many entries were read.
    #[cfg(test)]
    looked: std::cell::Cell<u64>,
}

/// More distinct names or markers came than can be counted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Crowded;

impl Tally {
    /// Counts an event with the user's own markers in it.
    pub(crate) fn take(
        &mut self,
        event: &str,
        markers: impl IntoIterator<Item = Marker>,
    ) -> Result<(), Crowded> {
        let name = match self.names.get_key_value(event) {
            Some((name, _)) => Arc::clone(name),
            None => Arc::from(event),
        };
        let named = self.names.entry(Arc::clone(&name)).or_default();
        self.total += 1;
        if named.came == 0 {
            self.bytes += name.len() + size_of::<NameCount>();
        }
        named.came += 1;
        named.last = self.total;
        let mut markers: Vec<Marker> = markers.into_iter().collect();
        markers.sort();
        markers.dedup();
        for marker in markers {
            let counts = self.marked.entry(marker).or_default();
            let count = counts.entry(Arc::clone(&name)).or_default();
            self.n_marked += usize::from(*count == 0);
            *count += 1;
        }
        self.recent.push_back((self.total, name));
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        if self.bytes > NAMES || self.n_marked > MARKED {
            return Err(Crowded);
        }
        Ok(())
    }

    /// How many events of this name no wait has used yet, or how many carry `marker`; without the first `before`.
    pub(crate) fn count(&self, event: &str, marker: Option<&Marker>, before: usize) -> usize {
        self.look();
        match marker {
            Some(marker) => {
                let counts = self.marked.get(marker);
                let count = counts.and_then(|counts| counts.get(event).copied());
                count.map(|count| count.saturating_sub(before))
            }
            None => {
                let named = self.names.get(event);
                named.map(|named| named.came.saturating_sub(named.used.max(before)))
            }
        }
        .unwrap_or(0)
    }

    /// Marks the first `before` events of this name as used, and `count` after them, or as many as came.
    pub(crate) fn consume(&mut self, event: &str, before: usize, count: usize) {
        if let Some(named) = self.names.get_mut(event) {
            named.used = named.came.min(named.used.max(before) + count);
        }
    }

    /// How many events have come in total: a moment to ask about later.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// How many events of this name came.
    pub(crate) fn came(&self, event: &str) -> usize {
        self.names.get(event).map_or(0, |named| named.came)
    }

    /// The first event (of this name) after `moment`: its number and its name. After very many events, one of the
    /// first that are still known.
    pub(crate) fn first_after(&self, moment: u64, event: Option<&str>) -> Option<(u64, String)> {
        let last = match event {
            Some(event) => {
                self.look();
                self.names.get(event)?.last
            }
            None => self.total,
        };
        if last <= moment {
            return None;
        }
        let mut known = self.recent.iter().inspect(|_| self.look());
        let is_it = |name: &str| event.is_none_or(|event| event == name);
        let first = known.find(|(number, name)| *number > moment && is_it(name));
        first
            .map(|(number, name)| (*number, name.as_ref().to_owned()))
            .or_else(|| Some((last, event?.to_owned())))
    }

    /// The name among these that came last.
    pub(crate) fn last_of(&self, among: &[String]) -> Option<String> {
        let named = among.iter().filter_map(|name| {
            self.look();
            self.names
                .get(name.as_str())
                .map(|named| (named.last, name))
        });
        named.max().map(|(_, name)| name.clone())
    }

    #[cfg(test)]
    fn look(&self) {
        self.looked.set(self.looked.get() + 1);
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "the tests count what is looked at")]
    const fn look(&self) {}
}

#[cfg(test)]
mod tests {
    use evidence::UserName;

    use super::*;

    fn marker(number: u128) -> Marker {
        Marker::new(&UserName::from("amy"), number)
    }

    #[test]
    fn a_wait_uses_up_its_events_and_markers_are_counted_separately() {
        let mut tally = Tally::default();
        for number in [1, 1, 2] {
            tally
                .take("popup", [marker(number), marker(number)])
                .expect("room");
        }
        tally.take("result", []).expect("room");
        assert_eq!(tally.count("popup", None, 0), 3);
        assert_eq!(tally.count("popup", Some(&marker(1)), 0), 2);
        assert_eq!(tally.count("result", Some(&marker(1)), 0), 0);
        tally.consume("popup", 0, 2);
        assert_eq!(tally.count("popup", None, 0), 1);
        assert_eq!(tally.count("popup", Some(&marker(1)), 0), 2);
        assert_eq!(
            tally.last_of(&["popup".into(), "result".into()]).as_deref(),
            Some("result")
        );
        assert_eq!(tally.last_of(&["never".into()]), None);
    }

    #[test]
    fn a_wait_from_a_moment_on_passes_over_what_came_before() {
        let mut tally = Tally::default();
        for _ in 0..3 {
            tally.take("popup", [marker(1)]).expect("room");
        }
        assert_eq!(tally.count("popup", None, 3), 0);
        assert_eq!(tally.count("popup", Some(&marker(1)), 3), 0);
        tally.take("popup", [marker(1)]).expect("room");
        assert_eq!(tally.count("popup", None, 3), 1);
        assert_eq!(tally.count("popup", Some(&marker(1)), 3), 1);
        tally.consume("popup", 3, 1);
        // What was passed over is used as well.
        assert_eq!(tally.count("popup", None, 0), 0);
        tally.take("popup", []).expect("room");
        assert_eq!(tally.count("popup", None, 3), 1);
    }

    #[test]
    fn the_first_event_after_a_moment_is_found() {
        let mut tally = Tally::default();
        tally.take("a", []).expect("room");
        let moment = tally.total();
        assert_eq!(tally.first_after(moment, None), None);
        assert_eq!(tally.first_after(moment, Some("a")), None);
        tally.take("b", []).expect("room");
        tally.take("a", []).expect("room");
        tally.take("a", []).expect("room");
        assert_eq!(tally.first_after(moment, None), Some((2, "b".to_owned())));
        let first = Some((3, "a".to_owned()));
        assert_eq!(tally.first_after(moment, Some("a")), first);
        let second = Some((4, "a".to_owned()));
        assert_eq!(tally.first_after(3, Some("a")), second);
        assert_eq!(tally.came("a"), 3);
        for _ in 0..2 * RECENT {
            tally.take("c", []).expect("room");
        }
        assert!(tally.first_after(moment, None).is_some());
        assert_eq!(tally.first_after(moment, Some("a")), second);
    }

    /// A waiter is woken by each event and asks again. If the tally were read from its start each time, the work would
    /// be the square of the number of events.
    #[test]
    fn waiting_among_many_events_takes_linear_time_and_little_memory() {
        const EVENTS: u64 = 200_000;
        let mut tally = Tally::default();
        let own = marker(1);
        for event in 0..EVENTS {
            tally
                .take(["tick", "tock"][usize::from(event % 2 == 0)], [own.clone()])
                .expect("room");
            tally.count("tock", None, 0);
            tally.count("tick", Some(&own), 0);
            tally.first_after(EVENTS, None);
            tally.first_after(0, Some("never"));
            tally.last_of(&["tick".into(), "tock".into()]);
        }
        assert_eq!(tally.count("tick", Some(&own), 0), 100_000);
        assert!(tally.looked.get() <= 6 * EVENTS, "{}", tally.looked.get());
        assert!(tally.names.len() == 2 && tally.marked.len() == 1 && tally.recent.len() <= RECENT);
    }

    #[test]
    fn too_many_names_or_markers_are_reported() {
        let mut tally = Tally::default();
        let names = (0..NAMES).map(|number| format!("name {number}"));
        let taken = names
            .take_while(|name| tally.take(name, []).is_ok())
            .count();
        assert!((1000..NAMES / 10).contains(&taken), "{taken}");
        let mut tally = Tally::default();
        assert_eq!(tally.take(&"x".repeat(NAMES + 1), []), Err(Crowded));
        let mut tally = Tally::default();
        let mut taken = (0..).take_while(|number| tally.take("a", [marker(*number)]).is_ok());
        assert_eq!(taken.by_ref().count(), MARKED);
    }
}
