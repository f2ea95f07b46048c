//! How late the harness itself may be before it can no longer blame the target.

/// From this many milliseconds on, a late harness can neither compare how long a part took, nor prove that a server
/// did not close a socket for its silence. It is twice the least room of a latency.
pub(super) const TOO_LATE_MS: u64 = 1000;

/// From this many milliseconds on, one delay of the harness shifts the later steps of a part.
pub const SHIFTS_MS: u64 = TOO_LATE_MS / 2;

/// Whether delays of this sum, each of at least [`SHIFTS_MS`], make a part useless for a comparison.
#[must_use]
pub const fn spoils_a_part(sum_ms: u64) -> bool {
    sum_ms >= TOO_LATE_MS
}
