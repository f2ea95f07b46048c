//! Intervals and durations that no operator can set.

use std::time::Duration;

use crate::ground::clock::Clock;

/// The cadence of the contract, and the clock. Tests shorten the cadence and move the clock.
#[derive(Clone, Debug)]
pub struct Timing {
    /// The clock for sessions and lockouts.
    pub clock: Clock,
    /// How long a busy user's messages are collected before they are sent.
    pub tick: Duration,
    /// The shortest time between two lists of running actions.
    pub threads: Duration,
    /// The shortest time between two batches of log lines.
    pub logs: Duration,
    /// How long events are kept after a session has lost its last socket.
    pub keep_for: Duration,
    /// How often expired sessions are ended.
    pub sweep: Duration,
    /// After this time without an acknowledgement a peer counts as lost.
    pub peer: Duration,
    /// The time between two pings, and the time that a client has to answer one.
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
