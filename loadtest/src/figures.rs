//! How long things took: every sample of the run, by the name of what was done.
//!
//! Percentiles are exact, because every time is kept: a run ends with its history at 256 MiB, long
//! before its times fill the memory. The clock is the caller's.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The name of a socket's opening.
pub const CONNECT: &str = "SIO connect";
/// The name of an event's delivery, from the target's queue to its reader.
pub const DELIVERY: &str = "SIO delivery";
/// All HTTP requests together.
pub const HTTP: &str = "HTTP";

/// What was done, and how long it took.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Figures {
    rows: BTreeMap<String, Samples>,
    /// How long all users stay.
    time: Duration,
    /// When the last user arrived, counted from the start.
    all_here: Option<Duration>,
    /// HTTP requests that ended while all users were there.
    steady_requests: u64,
    /// Why no delivery can be measured on this target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undeliverable: Option<String>,
}

/// How long one kind of thing took, each time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Samples {
    /// Microseconds, in the order in which they came.
    times: Vec<u64>,
    failed: u64,
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

impl Figures {
    /// Figures of a run in which all users stay for `time`.
    #[must_use]
    pub fn new(time: Duration) -> Self {
        Self {
            time,
            ..Self::default()
        }
    }

    /// The same of a target on which no delivery can be measured, for this reason.
    #[must_use]
    pub fn undeliverable(self, why: Option<String>) -> Self {
        Self {
            undeliverable: why,
            ..self
        }
    }

    /// Why no delivery can be measured, if none can.
    #[must_use]
    pub fn why_undeliverable(&self) -> Option<&str> {
        self.undeliverable.as_deref()
    }

    /// The last user arrived this long after the start.
    pub fn all_are_here(&mut self, at: Duration) {
        self.all_here = Some(at);
    }

    /// Adds a sample of something that ended this long after the start.
    pub fn add(&mut self, name: &str, at: Duration, took: Duration, granted: bool) {
        let is_steady = self
            .all_here
            .is_some_and(|from| (from..from + self.time).contains(&at));
        self.steady_requests += u64::from(is_request(name) && is_steady);
        if !self.rows.contains_key(name) {
            self.rows.insert(name.to_owned(), Samples::default());
        }
        if let Some(row) = self.rows.get_mut(name) {
            row.times
                .push(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
            row.failed += u64::from(!granted);
        }
    }

    /// HTTP requests per second while all users were there; `None` if some never arrived.
    #[must_use]
    pub fn requests_per_second(&self) -> Option<f64> {
        self.all_here?;
        Some(as_float(self.steady_requests) / self.time.as_secs_f64().max(1e-9))
    }

    /// The samples of this name, sorted; `HTTP` stands for all requests together.
    #[must_use]
    pub fn samples(&self, name: &str) -> Samples {
        let mut all = Samples::default();
        for (row, samples) in &self.rows {
            if row == name || (name == HTTP && is_request(row)) {
                all.times.extend(&samples.times);
                all.failed += samples.failed;
            }
        }
        all.times.sort_unstable();
        all
    }

    /// A line for all HTTP requests together, then one for each thing that was done.
    #[must_use]
    pub fn summaries(&self) -> Vec<Summary> {
        let names = std::iter::once(HTTP).chain(self.rows.keys().map(String::as_str));
        names.map(|name| self.samples(name).summary(name)).collect()
    }
}

impl Samples {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.times.len() as u64
    }

    /// The time in milliseconds that this percentage of the samples does not exceed; 0 without samples.
    #[must_use]
    pub fn percentile(&self, percent: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank lies within the samples"
        )]
        let rank = (percent / 100.0 * as_float(self.count())).ceil() as usize;
        let time = self.times.get(rank.saturating_sub(1));
        milliseconds(time.or(self.times.last()).copied().unwrap_or(0))
    }

    /// The mean, in milliseconds; 0 without samples.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let sum: f64 = self.times.iter().copied().map(milliseconds).sum();
        sum / as_float(self.count().max(1))
    }

    /// The longest, in milliseconds; 0 without samples.
    #[must_use]
    pub fn longest(&self) -> f64 {
        self.percentile(100.0)
    }

    /// The percentage that failed; 0 without samples.
    #[must_use]
    pub fn error_rate(&self) -> f64 {
        100.0 * as_float(self.failed) / as_float(self.count().max(1))
    }

    /// Everything as one line with this name.
    #[must_use]
    pub fn summary(&self, name: &str) -> Summary {
        Summary {
            name: name.to_owned(),
            count: self.count(),
            failed: self.failed,
            mean_ms: self.mean(),
            p50_ms: self.percentile(50.0),
            p95_ms: self.percentile(95.0),
            p99_ms: self.percentile(99.0),
            max_ms: self.longest(),
        }
    }
}

fn is_request(name: &str) -> bool {
    !name.starts_with("SIO ")
}

pub(crate) fn milliseconds(microseconds: u64) -> f64 {
    as_float(microseconds) / 1000.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts and times of one run are far below 2^52"
)]
const fn as_float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Figures with these times in milliseconds under this name, one each second.
    pub(crate) fn figures(name: &str, times: impl IntoIterator<Item = (u64, bool)>) -> Figures {
        let mut figures = Figures::new(Duration::from_secs(10));
        figures.all_are_here(Duration::from_secs(2));
        for (second, (time, granted)) in (0..).zip(times) {
            let at = Duration::from_secs(second);
            figures.add(name, at, Duration::from_millis(time), granted);
        }
        figures
    }

    #[test]
    fn percentiles_are_exact() {
        let samples = figures("GET /", (1..=100).rev().map(|time| (time, true))).samples("GET /");
        let check = |percent: f64, is: f64| {
            assert!(
                (samples.percentile(percent) - is).abs() < 1e-9,
                "p{percent}"
            );
        };
        check(50.0, 50.0);
        check(95.0, 95.0);
        check(99.0, 99.0);
        check(99.9, 100.0);
        check(0.5, 1.0);
        assert!((samples.mean() - 50.5).abs() < 1e-9);
    }

    #[test]
    fn deliveries_are_not_requests_and_the_ramp_is_not_steady() {
        let mut figures = figures("GET /", (0..20).map(|_| (1, true)));
        assert_eq!(figures.requests_per_second(), Some(1.0));
        figures.add(
            DELIVERY,
            Duration::from_secs(3),
            Duration::from_secs(9),
            false,
        );
        assert_eq!(figures.requests_per_second(), Some(1.0));
        assert_eq!(figures.samples(HTTP).count(), 20);
        assert!((figures.samples(HTTP).longest() - 1.0).abs() < 1e-9);
        assert_eq!(figures.summaries().len(), 3);
    }

    #[test]
    fn without_samples_every_figure_is_zero() {
        assert_eq!(Figures::default().requests_per_second(), None);
        let samples = Figures::default().samples(HTTP);
        assert_eq!(samples.count(), 0);
        assert!(samples.percentile(99.0) + samples.mean() + samples.error_rate() < 1e-9);
    }
}
