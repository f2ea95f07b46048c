//! How long things took: every sample of the run, by the name of what was done.
//!
//! Percentiles are exact, because every time is kept: a run ends with its history at 256 MiB, long
//! before its times fill the memory. The clock is the caller's.
//!
//! A time counts from when its work was due. Where rounds of work come at a rate, the caller says how late each began.
//! Where users wait for answers, `make_up` adds what was due meanwhile.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::omission::{self, Done};
use crate::samples::{Samples, Summary, as_float};

/// The name of a socket's opening.
pub const CONNECT: &str = "SIO connect";
/// The name of an event's delivery, from the target's queue to its reader: by the target's clock and the client's.
pub const DELIVERY: &str = "SIO delivery";
/// The name of an action's whole way, from when it was due until all that it owes has arrived: by the client's clock.
pub const ROUND_TRIP: &str = "SIO round trip";
/// All HTTP requests together.
pub const HTTP: &str = "HTTP";

/// What was done, and how long it took.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Figures {
    rows: BTreeMap<String, Row>,
    /// HTTP requests that were due while users waited, in microseconds.
    #[serde(default)]
    requests_due: Vec<u64>,
    /// What each user did, for `make_up`, by its kind's place in `kinds`.
    #[serde(skip)]
    trails: BTreeMap<usize, Vec<Done>>,
    #[serde(skip)]
    kinds: Vec<Kind>,
    /// How long all users stay.
    time: Duration,
    /// When the last user arrived, counted from the start.
    all_here: Option<Duration>,
    /// HTTP requests that ended while all users were there.
    steady_requests: u64,
    /// How many events arrived that come from actions.
    #[serde(default)]
    arrived: u64,
    /// Why no delivery can be measured on this target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undeliverable: Option<String>,
    /// It is because the target's times are not what its file says.
    #[serde(default)]
    is_clock_wrong: bool,
}

/// What may be slow by nature: a name, and which of several things of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kind {
    name: String,
    detail: String,
}

/// What was done under one name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Row {
    /// Microseconds since each was sent, in the order in which they came.
    times: Vec<u64>,
    /// How much later than due some were sent, in microseconds, by their place in `times`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    behind: Vec<(usize, u64)>,
    /// The times of those that were due and were never sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    due: Vec<u64>,
    failed: u64,
    /// How many of those that were due never began, and failed by that.
    #[serde(default)]
    never_began: u64,
}

/// Something that was done, as it is added to the figures.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// What was done.
    pub name: &'a str,
    /// Which of several things of this name, where some are slow by nature: an action, for a round trip.
    pub detail: &'a str,
    /// Which user did it.
    pub by: usize,
    /// When it ended, counted from the start.
    pub at: Duration,
    /// How long it took since it was sent.
    pub took: Duration,
    /// How much later than due it was sent.
    pub behind: Duration,
    /// Whether it succeeded.
    pub granted: bool,
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

    /// The target's times are wrong: whatever was measured with them is forgotten.
    pub fn distrust(&mut self, why: String) {
        self.rows.remove(DELIVERY);
        self.undeliverable = Some(why);
        self.is_clock_wrong = true;
    }

    /// What is wrong with the target's times, if something is.
    #[must_use]
    pub fn wrong_clock(&self) -> Option<&str> {
        self.why_undeliverable().filter(|_| self.is_clock_wrong)
    }

    /// The last user arrived this long after the start.
    pub fn all_are_here(&mut self, at: Duration) {
        self.all_here = Some(at);
    }

    /// Adds a sample.
    pub fn add(&mut self, sample: Sample<'_>) {
        let Sample { name, at, .. } = sample;
        let is_steady = self
            .all_here
            .is_some_and(|from| (from..from + self.time).contains(&at));
        self.steady_requests += u64::from(is_request(name) && is_steady);
        if !self.rows.contains_key(name) {
            self.rows.insert(name.to_owned(), Row::default());
        }
        let took = micros(sample.took);
        if let Some(row) = self.rows.get_mut(name) {
            if !sample.behind.is_zero() {
                row.behind.push((row.times.len(), micros(sample.behind)));
            }
            row.times.push(took);
            row.failed += u64::from(!sample.granted);
        }
        // A delivery is nothing that a user does.
        if name != DELIVERY {
            let began = micros(at).saturating_sub(took);
            let kind = self.kind(name, sample.detail);
            let trail = self.trails.entry(sample.by).or_default();
            trail.push(Done { kind, began, took });
        }
    }

    /// An event arrived that comes from an action.
    pub fn arrives(&mut self) {
        self.arrived += 1;
    }

    /// How many events arrived that come from actions, whether or not it is known when they were made.
    #[must_use]
    pub fn arrived(&self) -> u64 {
        self.arrived
    }

    /// Adds so many that were due and never began, and so failed: all users were busy until the time was over, or had no
    /// socket. Some of them had waited for so long by then.
    pub fn never_began(&mut self, name: &str, count: u64, waited: &[Duration]) {
        let row = self.rows.entry(name.to_owned()).or_default();
        row.due.extend(waited.iter().copied().map(micros));
        row.never_began += count;
    }

    /// Adds what was due while users waited for answers, once all is over. It is for users who ask again when they have
    /// their answer: at a rate, the samples say themselves how late they are.
    pub fn make_up(&mut self) {
        let trails: Vec<Vec<Done>> = std::mem::take(&mut self.trails).into_values().collect();
        let usual: Vec<u64> = { 0..self.kinds.len() }
            .map(|kind| {
                let own = trails.iter().flatten().filter(|done| done.kind == kind);
                median(own.map(|done| done.took).collect())
            })
            .collect();
        let of = |is_meant: &dyn Fn(&str) -> bool| -> Vec<Vec<Done>> {
            let is_meant = |done: &&Done| {
                let kind = self.kinds.get(done.kind);
                kind.is_some_and(|kind| is_meant(&kind.name))
            };
            let meant = |trail: &Vec<Done>| trail.iter().filter(is_meant).copied().collect();
            trails.iter().map(meant).collect()
        };
        self.requests_due = omission::due(&of(&is_request), &usual);
        let names = self.rows.keys().cloned();
        let due: Vec<_> = names
            .map(|name| omission::due(&of(&|known| known == name), &usual))
            .collect();
        for (row, due) in self.rows.values_mut().zip(due) {
            row.due.extend(due);
        }
    }

    /// The place of this kind in `kinds`.
    fn kind(&mut self, name: &str, detail: &str) -> usize {
        let is_it = |known: &Kind| known.name == name && known.detail == detail;
        let known = self.kinds.iter().position(is_it);
        known.unwrap_or_else(|| {
            self.kinds.push(Kind {
                name: name.to_owned(),
                detail: detail.to_owned(),
            });
            self.kinds.len() - 1
        })
    }

    /// HTTP requests per second while all users were there; `None` if some never arrived.
    #[must_use]
    pub fn requests_per_second(&self) -> Option<f64> {
        self.all_here?;
        Some(as_float(self.steady_requests) / self.time.as_secs_f64().max(1e-9))
    }

    /// The samples of this name, each from when it was due; `HTTP` stands for all requests together.
    #[must_use]
    pub fn samples(&self, name: &str) -> Samples {
        let mut all = self.sent(name);
        all.times.clear();
        for row in self.rows_of(name) {
            let first = all.times.len();
            all.times.extend(&row.times);
            for (place, behind) in &row.behind {
                if let Some(time) = all.times.get_mut(first + place) {
                    *time = time.saturating_add(*behind);
                }
            }
        }
        let own = self.rows_of(name).flat_map(|row| &row.due);
        let due: Vec<u64> = match name {
            HTTP => self.requests_due.clone(),
            _ => own.copied().collect(),
        };
        all.due = due.len() as u64;
        all.never_began = { self.rows_of(name) }.map(|row| row.never_began).sum();
        all.times.extend(due);
        all.times.sort_unstable();
        all
    }

    /// The same, each from when it was sent: what was due before does not count.
    #[must_use]
    pub fn sent(&self, name: &str) -> Samples {
        let mut all = Samples::default();
        for row in self.rows_of(name) {
            all.times.extend(&row.times);
            all.failed += row.failed;
        }
        all.times.sort_unstable();
        all
    }

    fn rows_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Row> {
        let is_meant = move |row: &str| row == name || (name == HTTP && is_request(row));
        { self.rows.iter() }.filter_map(move |(row, samples)| is_meant(row).then_some(samples))
    }

    /// A line for all HTTP requests together, then one for each thing that was done.
    #[must_use]
    pub fn summaries(&self) -> Vec<Summary> {
        let names = std::iter::once(HTTP).chain(self.rows.keys().map(String::as_str));
        names.map(|name| self.samples(name).summary(name)).collect()
    }
}

fn is_request(name: &str) -> bool {
    !name.starts_with("SIO ")
}

/// Half of these are no longer; 0 without any.
fn median(mut times: Vec<u64>) -> u64 {
    times.sort_unstable();
    let middle = times.len().saturating_sub(1) / 2;
    times.get(middle).copied().unwrap_or(0)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Figures with these times in milliseconds under this name, one each second.
    pub(crate) fn figures(name: &str, times: impl IntoIterator<Item = (u64, bool)>) -> Figures {
        let mut figures = Figures::new(Duration::from_secs(10));
        figures.all_are_here(Duration::from_secs(2));
        for (second, (time, granted)) in (0..).zip(times) {
            figures.add(sample(name, second, time, granted));
        }
        figures
    }

    /// Something of the first user that ended in this second and took so many milliseconds.
    fn sample(name: &str, second: u64, took: u64, granted: bool) -> Sample<'_> {
        Sample {
            name,
            detail: "",
            by: 0,
            at: Duration::from_secs(second),
            took: Duration::from_millis(took),
            behind: Duration::ZERO,
            granted,
        }
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
        figures.add(sample(DELIVERY, 3, 9_000, false));
        assert_eq!(figures.requests_per_second(), Some(1.0));
        assert_eq!(figures.samples(HTTP).count(), 20);
        assert!((figures.samples(HTTP).longest() - 1.0).abs() < 1e-9);
        assert_eq!(figures.summaries().len(), 3);
    }

    #[test]
    fn a_stall_counts_as_often_as_somebody_would_have_asked() {
        let mut stalled = Figures::new(Duration::from_secs(60));
        for second in (1..=30).chain(40..=60) {
            stalled.add(sample(
                "GET /",
                second,
                if second == 40 { 9_900 } else { 10 },
                true,
            ));
        }
        let before = stalled.samples(HTTP);
        assert!(before.percentile(95.0) < 11.0, "one of 51 is no p95");
        stalled.make_up();
        for name in [HTTP, "GET /"] {
            let after = stalled.samples(name);
            assert!(after.percentile(90.0) > 3_000.0, "{name}: {after:?}");
            assert_eq!((after.count(), after.summary(name).due), (51, 10), "{name}");
            assert!(stalled.sent(name).percentile(95.0) < 11.0, "{name}");
        }
    }

    #[test]
    fn an_action_that_always_takes_long_is_no_stall() {
        let mut figures = Figures::new(Duration::from_secs(60));
        for second in (1..=40_u64).map(|n| 4 * n) {
            for (detail, took) in [("echo", 10), ("report", 2_900)] {
                figures.add(Sample {
                    detail,
                    ..sample(ROUND_TRIP, second + took / 1_000, took, true)
                });
            }
        }
        figures.make_up();
        assert_eq!(figures.samples(ROUND_TRIP).summary("").due, 0);
    }

    #[test]
    fn what_began_late_counts_from_when_it_was_due() {
        let mut figures = figures("GET /", (0..20).map(|_| (10, true)));
        figures.add(Sample {
            behind: Duration::from_secs(3),
            ..sample("GET /", 21, 10, true)
        });
        figures.never_began(ROUND_TRIP, 2, &[Duration::from_secs(5)]);
        assert!((figures.samples(HTTP).longest() - 3_010.0).abs() < 1e-9);
        assert!((figures.sent(HTTP).longest() - 10.0).abs() < 1e-9);
        let never = figures.samples(ROUND_TRIP);
        assert!((never.longest() - 5_000.0).abs() < 1e-9);
        assert!((never.error_rate() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn without_samples_every_figure_is_zero() {
        assert_eq!(Figures::default().requests_per_second(), None);
        let samples = Figures::default().samples(HTTP);
        assert_eq!(samples.count(), 0);
        assert!(samples.percentile(99.0) + samples.mean() + samples.error_rate() < 1e-9);
    }
}
