//! How often things happen, and how long they last, where no operator may set it.

use std::time::Duration;

use crate::ground::clock::Clock;

/// The cadence of the contract, and the clock; tests shorten the one and move the other.
#[derive(Clone, Debug)]
pub struct Timing {
    /// What sessions and locks go by.
    pub clock: Clock,
    /// A busy user's messages are gathered for so long.
    pub tick: Duration,
    /// The list of running actions goes at most so often.
    pub threads: Duration,
    /// Log lines go at most so often.
    pub logs: Duration,
    /// Events are kept for so long after a session's last socket is lost.
    pub keep_for: Duration,
    /// Expired sessions are ended so often.
    pub sweep: Duration,
    /// A peer that acknowledges nothing for so long is gone.
    pub peer: Duration,
    /// Time between two pings, and for the pong after one.
    pub ping: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            clock: Clock::default(),
            tick: Duration::from_millis(100),
            threads: Duration::from_millis(500),
            logs: Duration::from_secs(2),
            keep_for: Duration::from_mins(2),
            sweep: Duration::from_secs(1),
            peer: Duration::from_secs(20),
            ping: Duration::from_secs(20),
        }
    }
}
