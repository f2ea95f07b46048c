//! What the clients' work takes, for who measures: each answer, each opening, each event on its way.
//!
//! In: what a browser and its tabs do. Out: readings, in the order in which they end. A meter keeps no
//! evidence and judges nothing; the history is written beside it, by the recorder. Nobody waits for who measures:
//! of the readings a bounded number wait, and those that found no room are counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// Readings of one user that may wait: five floods of a thousand events are read after the step that made them,
/// and this is ten times as many.
const WAITING: usize = 50_000;

/// One thing that took its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A request was answered, or was given up.
    Answered {
        /// Method and path, as `GET /login`.
        asked: String,
        /// The status; `None` when there was no answer.
        status: Option<u16>,
        /// Whether the status is the one that says yes.
        granted: bool,
        /// From the first byte sent to the last byte read.
        took: Duration,
    },
    /// A socket was ready, or was refused.
    Opened {
        /// Whether it is ready.
        granted: bool,
        /// From the first byte of the handshake to the target's word that it is ready.
        took: Duration,
    },
    /// An event arrived.
    Arrived(Arrival),
}

/// An event that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Its name.
    pub event: String,
    /// Its number in the session, where the target numbers its events.
    pub number: Option<u64>,
    /// When the target queued it: microseconds since 1970 on the target's clock.
    pub queued_at: Option<u64>,
    /// When it was here: microseconds since 1970 on this machine's clock.
    pub received_at: u64,
}

impl Arrival {
    /// From the target's queue to here. Both clocks must be one: that of a target on this machine.
    #[must_use]
    pub fn latency(&self) -> Option<Duration> {
        let queued_at = self.queued_at?;
        Some(Duration::from_micros(
            self.received_at.saturating_sub(queued_at),
        ))
    }
}

/// A client's end; who listens has the other one. Clones are the same meter.
#[derive(Clone, Debug)]
pub struct Meter {
    readings: Sender<Reading>,
    missed: Arc<AtomicU64>,
}

/// Where a meter's readings come out.
#[derive(Debug)]
pub struct Readings {
    readings: Receiver<Reading>,
    missed: Arc<AtomicU64>,
}

impl Meter {
    /// A meter, and where its readings come out.
    #[must_use]
    pub fn new() -> (Self, Readings) {
        Self::bounded(WAITING)
    }

    fn bounded(most: usize) -> (Self, Readings) {
        let (sender, readings) = mpsc::channel(most);
        let missed = Arc::new(AtomicU64::new(0));
        let meter = Self {
            readings: sender,
            missed: Arc::clone(&missed),
        };
        (meter, Readings { readings, missed })
    }

    pub(crate) fn send(&self, reading: Reading) {
        // Where nobody listens any more, nothing is missed.
        if let Err(TrySendError::Full(_)) = self.readings.try_send(reading) {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Readings {
    /// The next reading that is there, if there is one.
    pub fn reading(&mut self) -> Option<Reading> {
        self.readings.try_recv().ok()
    }

    /// How many found no room since this was last asked: the figures without them say nothing.
    #[must_use]
    pub fn take_missed(&self) -> u64 {
        self.missed.swap(0, Ordering::Relaxed)
    }
}

/// Microseconds since 1970 on this machine's clock.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_that_found_no_room_are_counted() {
        let (meter, mut readings) = Meter::bounded(3);
        let opened = || Reading::Opened {
            granted: true,
            took: Duration::ZERO,
        };
        (0..5).for_each(|_| meter.send(opened()));
        assert_eq!((readings.take_missed(), readings.take_missed()), (2, 0));
        assert_eq!(std::iter::from_fn(|| readings.reading()).count(), 3);
        meter.send(opened());
        assert_eq!(readings.take_missed(), 0);
    }

    #[test]
    fn latency_is_from_queue_to_receipt() {
        let arrival = |queued_at| Arrival {
            event: "result".to_owned(),
            number: None,
            queued_at,
            received_at: 5_000,
        };
        assert_eq!(
            arrival(Some(3_000)).latency(),
            Some(Duration::from_millis(2))
        );
        assert_eq!(arrival(None).latency(), None);
        // A clock that was set back is no negative time.
        assert_eq!(arrival(Some(6_000)).latency(), Some(Duration::ZERO));
    }
}
