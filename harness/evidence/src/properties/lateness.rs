//! How late the harness itself may be before it can no longer blame the target.

/// From this many milliseconds on, a late harness can neither compare how long a part took, nor prove that a server
/// did not close a socket for its silence. It is twice the least room of a latency.
pub(super) const TOO_LATE_MS: u64 = 1000;
