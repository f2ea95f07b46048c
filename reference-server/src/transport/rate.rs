//! A rate limit: a bucket that fills at a steady rate and holds one second's worth.

use std::time::Instant;

/// One bucket for each client. It is not `Clone`, because clones would fill separately.
#[derive(Debug)]
pub(crate) struct Bucket {
    per_second: f64,
    level: f64,
    at: Instant,
}

/// What happens to the next event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It is allowed.
    Granted,
    /// It comes too early.
    Refused,
    /// A whole second's worth was refused before: the client ignores refusals.
    Deaf,
}

impl Bucket {
    pub(crate) fn new(per_second: u32, now: Instant) -> Self {
        let per_second = f64::from(per_second);
        Self {
            per_second,
            level: per_second,
            at: now,
        }
    }

    pub(crate) fn take(&mut self, now: Instant) -> Turn {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.level = (self.level + passed * self.per_second).min(self.per_second);
        self.level -= 1.0;
        if self.level >= 0.0 {
            Turn::Granted
        } else if self.level > -self.per_second {
            Turn::Refused
        } else {
            Turn::Deaf
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_second_has_a_fixed_number_of_turns_and_ignoring_refusals_is_deaf() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, start);
        let mut turns = (0..20).map(|_| bucket.take(start));
        assert!(turns.by_ref().take(10).all(|turn| turn == Turn::Granted));
        assert!(turns.by_ref().take(9).all(|turn| turn == Turn::Refused));
        assert_eq!(turns.next(), Some(Turn::Deaf));
        assert_eq!(bucket.take(start + Duration::from_secs(2)), Turn::Granted);
    }
}
