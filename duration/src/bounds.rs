//! The shortest and the longest time that somebody may ask for.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use crate::notation::{Written, read};

/// From the shortest time to the longest; both are allowed. Printed, they say what to write: `from 1ms to 5m, such as
/// 90s or 1m30s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    shortest: Duration,
    longest: Duration,
}

/// Why a text is not taken. It ends a sentence: `5h` is "longer than 5m".
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DurationError {
    /// It is not written as a time.
    #[error("no duration")]
    Notation,
    /// It is below the bounds.
    #[error("shorter than {}", Written(*.0))]
    TooShort(Duration),
    /// It is above the bounds.
    #[error("longer than {}", Written(*.0))]
    TooLong(Duration),
}

impl Bounds {
    /// Bounds of whole milliseconds.
    #[must_use]
    pub const fn new(shortest: Duration, longest: Duration) -> Self {
        Self { shortest, longest }
    }

    /// Reads a time within the bounds.
    ///
    /// # Errors
    /// It is no time, or outside the bounds.
    pub fn read(self, text: &str) -> Result<Duration, DurationError> {
        match read(text) {
            None => Err(DurationError::Notation),
            Some(time) if time < self.shortest => Err(DurationError::TooShort(self.shortest)),
            Some(time) if time > self.longest => Err(DurationError::TooLong(self.longest)),
            Some(time) => Ok(time),
        }
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shortest, longest) = (Written(self.shortest), Written(self.longest));
        write!(f, "from {shortest} to {longest}, such as 90s or 1m30s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let bounds = Bounds::new(Duration::from_millis(1), Duration::from_mins(5));
        let told = bounds.read(text).map(|time| Written(time).to_string());
        assert_eq!(told.unwrap_or_else(|error| error.to_string()), expected);
    }

    #[test]
    fn a_time_is_within_its_bounds() {
        check("1ms", "1ms");
        check("4m60s", "5m");
        check("300000ms", "5m");
        check("0s", "shorter than 1ms");
        check("301s", "longer than 5m");
        check("5m1ms", "longer than 5m");
        check("999999999999999h999999999999999m", "longer than 5m");
        check("5", "no duration");
        let bounds = Bounds::new(Duration::from_secs(1), Duration::from_hours(1));
        assert_eq!(bounds.to_string(), "from 1s to 1h, such as 90s or 1m30s");
    }
}
