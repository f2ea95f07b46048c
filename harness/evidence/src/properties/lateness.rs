//! When the harness itself was too late to blame the target.

/// Milliseconds by which the harness may be late and still compare what a part took, or prove that a socket was not
/// closed for its silence. It is twice the room that latencies have.
pub(super) const TOO_LATE_MS: u64 = 1000;
