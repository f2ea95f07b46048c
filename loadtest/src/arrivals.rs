//! When rounds of work are due: so many a second, whether the target keeps up or not.
//!
//! Users who wait for answers go easy on a target that is slow. People who come by themselves do not: they come at their
//! own rate. A rate may change in stages, and jump.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Rounds of work a second, over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrivals {
    /// The rate at the start.
    from: f64,
    stages: Vec<Stage>,
}

/// A stretch of time, in which the rate changes evenly to another one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// How long it lasts; no time at all is a jump.
    pub time: Duration,
    /// Rounds a second at its end.
    pub rate: f64,
}

impl Arrivals {
    /// The same rate all the time.
    #[must_use]
    pub fn steady(rate: f64, time: Duration) -> Self {
        Self::staged(rate, vec![Stage { time, rate }])
    }

    /// The same rate but for the middle tenth of the time, in which it is another one.
    #[must_use]
    pub fn with_spike(rate: f64, spike: f64, time: Duration) -> Self {
        let (tenth, jump) = (time / 10, Duration::ZERO);
        let before = (time - tenth) / 2;
        let stages = [
            (before, rate),
            (jump, spike),
            (tenth, spike),
            (jump, rate),
            (time - tenth - before, rate),
        ];
        Self::staged(rate, stages.map(|(time, rate)| Stage { time, rate }).into())
    }

    /// A rate that changes in stages.
    #[must_use]
    pub fn staged(from: f64, stages: Vec<Stage>) -> Self {
        Self { from, stages }
    }

    /// How long it all lasts.
    #[must_use]
    pub fn time(&self) -> Duration {
        self.stages.iter().map(|stage| stage.time).sum()
    }

    /// The highest rate.
    #[must_use]
    pub fn peak(&self) -> f64 {
        let rates = self.stages.iter().map(|stage| stage.rate);
        rates.fold(self.from, f64::max)
    }

    /// How many rounds are due in all.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an hour of the highest rate is far below 2^52"
    )]
    pub fn total(&self) -> u64 {
        let mut rate = self.from;
        let mut all = 0.0;
        for stage in &self.stages {
            all += f64::midpoint(rate, stage.rate) * stage.time.as_secs_f64();
            rate = stage.rate;
        }
        all.ceil() as u64
    }

    /// When the round of this number is due, counted from 0 and from the start; `None` when all is over.
    #[must_use]
    pub fn due(&self, number: u64) -> Option<Duration> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "an hour of the highest rate is far below 2^52"
        )]
        let mut left = number as f64;
        let (mut rate, mut begins) = (self.from, Duration::ZERO);
        for stage in &self.stages {
            let time = stage.time.as_secs_f64();
            let in_all = f64::midpoint(rate, stage.rate) * time;
            if left < in_all {
                // Half of the rate's growth a second: `rate * t + growth * t²` rounds are due by `t`.
                let growth = (stage.rate - rate) / (2.0 * time);
                let root = (4.0 * growth).mul_add(left, rate * rate).max(0.0).sqrt();
                let at = if left > 0.0 {
                    2.0 * left / (rate + root)
                } else {
                    0.0
                };
                return Some(begins + Duration::from_secs_f64(at.min(time)));
            }
            left -= in_all;
            begins += stage.time;
            rate = stage.rate;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(arrivals: &Arrivals) -> Vec<f64> {
        let due = (0..).map_while(|number| arrivals.due(number));
        due.map(|at| (at.as_secs_f64() * 100.0).round() / 100.0)
            .collect()
    }

    #[test]
    fn a_steady_rate_is_even() {
        let two = Arrivals::steady(2.0, Duration::from_secs(2));
        assert_eq!(seconds(&two), [0.0, 0.5, 1.0, 1.5]);
        assert_eq!((two.time(), two.total()), (Duration::from_secs(2), 4));
    }

    #[test]
    fn a_rate_grows_evenly_and_falls_again() {
        let stage = |seconds, rate| Stage {
            time: Duration::from_secs(seconds),
            rate,
        };
        let arrivals = Arrivals::staged(0.0, vec![stage(2, 4.0), stage(1, 2.0), stage(1, 0.0)]);
        // By t there are t² of them: four after two seconds, then three, then one.
        let due = seconds(&arrivals);
        assert_eq!(due.len(), 8, "{due:?}");
        assert_eq!(due[..4], [0.0, 1.0, 1.41, 1.73]);
        assert!(due.is_sorted(), "{due:?}");
        assert!(due[4..7].iter().all(|at| (2.0..3.0).contains(at)));
        assert!((arrivals.peak() - 4.0).abs() < 1e-9);
    }

    #[test]
    fn a_spike_stands_in_the_middle() {
        let spike = Arrivals::with_spike(1.0, 20.0, Duration::from_secs(10));
        let due = seconds(&spike);
        let within = due.iter().filter(|at| (4.5..5.5).contains(*at)).count();
        assert_eq!((due.len(), within), (29, 20), "{due:?}");
        assert_eq!(spike.time(), Duration::from_secs(10));
    }

    #[test]
    fn nothing_is_due_at_no_rate() {
        assert_eq!(Arrivals::steady(0.0, Duration::from_secs(9)).due(0), None);
        assert_eq!(Arrivals::steady(5.0, Duration::ZERO).due(0), None);
    }
}
