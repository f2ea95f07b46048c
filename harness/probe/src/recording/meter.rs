//! How long the clients' work takes, for callers that measure: each answer, each opening, each event.
//!
//! In: what a browser and its tabs do. Out: readings, in the order in which they were finished. A meter keeps no
//! evidence and judges nothing; the recorder writes the history separately. Clients never wait for the caller: a
//! bounded number of readings is kept, and those beyond it are counted as missed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// Readings of one user that may wait. Five floods of a thousand events are read after the step that made them; this
/// is ten times as many.
const WAITING: usize = 50_000;

/// One thing that was timed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A request was answered or gave up.
    Answered {
        /// Method and path, as `GET /login`.
        asked: String,
        /// The status; `None` when there was no answer.
        status: Option<u16>,
        /// Whether the status means yes.
        granted: bool,
        /// From the first byte sent to the last byte read.
        took: Duration,
    },
    /// A socket became ready, or was refused.
    Opened {
        /// Whether it is ready.
        granted: bool,
        /// From the first byte of the handshake until the target says that the socket is ready.
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
    /// It waited for this connection, and says nothing about the target's speed.
    pub is_again: bool,
    /// When it arrived: microseconds since 1970 on this machine's clock.
    pub received_at: u64,
}

/// The client's end; the caller that measures has the other one. Clones are the same meter.
#[derive(Clone, Debug)]
pub struct Meter {
    readings: Sender<(Instant, Reading)>,
    missed: Arc<AtomicU64>,
}

/// The other end, where a meter's readings are taken.
#[derive(Debug)]
pub struct Readings {
    readings: Receiver<(Instant, Reading)>,
    missed: Arc<AtomicU64>,
}

impl Meter {
    /// A meter, and the end where its readings are taken.
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
        // If nobody takes readings any more, nothing is missed. `Relaxed`: the counter guards no other memory.
        if let Err(TrySendError::Full(_)) = self.readings.try_send((Instant::now(), reading)) {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Readings {
    /// The next waiting reading, if there is one, and when it was finished.
    pub fn reading(&mut self) -> Option<(Instant, Reading)> {
        self.readings.try_recv().ok()
    }

    /// How many readings were missed since the last call. If there are any, the figures without them are not reliable.
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
    fn readings_that_did_not_fit_are_counted() {
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
}
