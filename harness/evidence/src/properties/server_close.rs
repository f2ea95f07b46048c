//! How a server closed a tab, and whether the harness itself is to blame.

/// A close this many microseconds before or after a delay of the harness may be caused by it: what had to wait is
/// read one by one.
const ABOUT_US: u64 = 1_000_000;

/// How long before the confirmed end of a session a server may close its tabs and end its memberships, in microseconds:
/// the answer to a logout comes after what it does.
pub(in crate::properties) const FOR_THE_END_US: u64 = 5_000_000;

/// The harness woke later than it had asked to.
#[derive(Clone, Copy)]
pub(in crate::properties) struct Delay {
    /// When it woke.
    pub(in crate::properties) at_us: u64,
    pub(in crate::properties) by_ms: u64,
}

/// How the server closed a tab.
#[derive(Clone)]
pub(in crate::properties) struct ServerClose {
    pub(in crate::properties) how: String,
    at_us: u64,
    /// By how many milliseconds the harness was late around the close.
    late_ms: Option<u64>,
}

impl ServerClose {
    /// A close now; `last` is when the harness was late last.
    pub(in crate::properties) fn new(how: &str, at_us: u64, last: Option<Delay>) -> Self {
        let last = last.filter(|delay| at_us <= delay.at_us.saturating_add(ABOUT_US));
        Self {
            how: how.to_owned(),
            at_us,
            late_ms: last.map(|delay| delay.by_ms),
        }
    }

    /// The delay may be reported after the close that it caused.
    pub(in crate::properties) fn hear_of(&mut self, delay: Delay) {
        let before_us = delay.by_ms.saturating_mul(1000).saturating_add(ABOUT_US);
        if self.at_us >= delay.at_us.saturating_sub(before_us) {
            self.late_ms.get_or_insert(delay.by_ms);
        }
    }

    /// Why the server may not be to blame for the close.
    pub(in crate::properties) fn excuse(&self) -> Option<String> {
        let late_ms = self.late_ms?;
        Some(format!("the harness itself was late by {late_ms} ms"))
    }
}
