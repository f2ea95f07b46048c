//! Samples under one name, sorted, and what is said of them: percentiles, means, shares.

use serde::Serialize;

/// How long something took, each time.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Microseconds, sorted.
    pub(crate) times: Vec<u64>,
    /// How many of them were never sent.
    pub(crate) due: u64,
    pub(crate) failed: u64,
    /// How many of those that were due never began.
    pub(crate) never_began: u64,
}

/// Samples as one line of a table, in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// What was done: method and path, `SIO connect`, `SIO delivery` or `HTTP`.
    pub name: String,
    /// How often it was done.
    pub count: u64,
    /// How often it failed.
    pub failed: u64,
    /// How often it was due while its user still waited for something else. These count in all that follows.
    pub due: u64,
    /// The mean.
    pub mean_ms: f64,
    /// Half of them took no longer.
    pub p50_ms: f64,
    /// 95 of a hundred took no longer.
    pub p95_ms: f64,
    /// 99 of a hundred took no longer.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl Samples {
    /// How many were sent, and how many were due and never began.
    #[must_use]
    pub fn count_all(&self) -> u64 {
        self.count().saturating_add(self.never_began)
    }

    /// How many were sent.
    #[must_use]
    pub fn count(&self) -> u64 {
        (self.times.len() as u64).saturating_sub(self.due)
    }

    /// How many were due while their user still waited for something else, or never began.
    #[must_use]
    pub fn count_due(&self) -> u64 {
        self.due.max(self.never_began)
    }

    /// The time in milliseconds that this percentage of the samples does not exceed; 0 without samples.
    #[must_use]
    pub fn percentile(&self, percent: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank lies within the samples"
        )]
        let rank = (percent / 100.0 * as_float(self.times.len() as u64)).ceil() as usize;
        let time = self.times.get(rank.saturating_sub(1));
        milliseconds(time.or(self.times.last()).copied().unwrap_or(0))
    }

    /// The mean, in milliseconds; 0 without samples.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let sum: f64 = self.times.iter().copied().map(milliseconds).sum();
        sum / as_float(self.times.len().max(1) as u64)
    }

    /// The longest, in milliseconds; 0 without samples.
    #[must_use]
    pub fn longest(&self) -> f64 {
        self.percentile(100.0)
    }

    /// The percentage that failed; 0 without samples. What never began has failed as well.
    #[must_use]
    pub fn error_rate(&self) -> f64 {
        100.0 * as_float(self.failed + self.never_began) / as_float(self.count_all().max(1))
    }

    /// How much of all was due while its user still waited for something else, in percent; 0 without samples.
    #[must_use]
    pub fn share_due(&self) -> f64 {
        let all = self.count_all().saturating_add(self.due).max(1);
        100.0 * as_float(self.count_due()) / as_float(all)
    }

    /// Everything as one line with this name.
    #[must_use]
    pub fn summary(&self, name: &str) -> Summary {
        Summary {
            name: name.to_owned(),
            count: self.count(),
            failed: self.failed + self.never_began,
            due: self.due,
            mean_ms: self.mean(),
            p50_ms: self.percentile(50.0),
            p95_ms: self.percentile(95.0),
            p99_ms: self.percentile(99.0),
            max_ms: self.longest(),
        }
    }
}

pub(crate) fn milliseconds(microseconds: u64) -> f64 {
    as_float(microseconds) / 1000.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts and times of one run are far below 2^52"
)]
pub(crate) const fn as_float(number: u64) -> f64 {
    number as f64
}
