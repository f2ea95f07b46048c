//! How many events of one action came, at each tab of its owner.

use crate::hashing::hash;
use crate::judge::{PlaceId, UserId};

/// How many kinds of events, at all tabs, are counted before it is known what an action makes.
const EARLY: usize = 1000;

/// An action whose events are counted.
pub(super) struct CountedAction {
    pub(super) user: Option<UserId>,
    /// How many events are due, by the hash of their name; `None` before the confirmation.
    exactly: Option<Vec<(u64, u64)>>,
    arrivals: Vec<Arrivals>,
}

/// Events of one name at one tab.
pub(super) struct Arrivals {
    pub(super) place: PlaceId,
    /// The hash of the events' name.
    event: u64,
    /// Which connection of the tab it was.
    connection: u32,
    /// It comes again to who joins again.
    has_history: bool,
    pub(super) count: u64,
    /// The line of the last one.
    pub(super) last_seq: u64,
}

/// How many events came, and how many were due.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) came: u64,
    pub(super) due: u64,
}

impl CountedAction {
    /// An action that is not confirmed yet.
    pub(super) const fn new(user: Option<UserId>) -> Self {
        Self {
            user,
            exactly: None,
            arrivals: Vec::new(),
        }
    }

    /// Counts one more event. Gives `None` if it is not known how many are due, or if any number may come.
    pub(super) fn receive(
        &mut self,
        place: PlaceId,
        event: &str,
        (connection, has_history): (u32, bool),
        seq: u64,
    ) -> Option<Count> {
        let event = hash(event);
        let due = match &self.exactly {
            Some(exactly) => Some(exactly.iter().find(|(other, _)| *other == event)?.1),
            None => None,
        };
        let mut known = self.arrivals.iter_mut();
        let known = known.find(|known| known.place == place && known.event == event);
        let came = match known {
            Some(known) => {
                let goes_on = known.connection == connection;
                known.count = if goes_on { known.count + 1 } else { 1 };
                (known.connection, known.last_seq) = (connection, seq);
                known.count
            }
            None => {
                if self.arrivals.len() < EARLY || due.is_some() {
                    self.arrivals.push(Arrivals {
                        place,
                        event,
                        connection,
                        has_history,
                        count: 1,
                        last_seq: seq,
                    });
                }
                1
            }
        };
        due.map(|due| Count { came, due })
    }

    /// Forgets what came over a connection that is not the tab's `current` one.
    pub(super) fn keep_current(&mut self, current: impl Fn(PlaceId, bool) -> u32) {
        self.arrivals.retain(|arrivals| {
            current(arrivals.place, arrivals.has_history) == arrivals.connection
        });
    }

    /// The arrivals of `event` so far, one for each tab.
    pub(super) fn of_event(&self, event: &str) -> Vec<&Arrivals> {
        let event = hash(event);
        let arrivals = self.arrivals.iter();
        arrivals
            .filter(|arrivals| arrivals.event == event)
            .collect()
    }

    /// From now on only these events are counted, because their exact number is known.
    pub(super) fn confirm(&mut self, exactly: &[(&str, u64)]) {
        let exactly: Vec<(u64, u64)> = exactly
            .iter()
            .map(|(event, due)| (hash(*event), *due))
            .collect();
        self.arrivals
            .retain(|arrivals| exactly.iter().any(|(event, _)| *event == arrivals.event));
        self.exactly = Some(exactly);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_events_are_counted_up_to_a_limit() {
        let mut action = CountedAction::new(None);
        let place = PlaceId::default();
        for number in 0..EARLY + 9 {
            let event = format!("event {number}");
            assert_eq!(action.receive(place, &event, (0, false), 1), None);
        }
        assert_eq!(action.arrivals.len(), EARLY);
        action.confirm(&[("another", 1)]);
        let count = |came| Some(Count { came, due: 1 });
        assert_eq!(action.receive(place, "another", (0, false), 1), count(1));
        assert_eq!(action.receive(place, "another", (0, false), 1), count(2));
    }
}
