//! What a load adds to a report: the figures, and the thresholds they were held against.

use std::io::{self, Write};
use std::time::Duration;

use evidence::Verdict;
use loadtest::{Figures, JudgedThreshold, Summary, Threshold, figures};
use probe::watch;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::count::counted;

/// Lateness for which a request may have failed.
const ASLEEP: Duration = Duration::from_secs(1);

/// How many users work, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd {
    pub(crate) n_users: usize,
    /// How long all of them work.
    pub(crate) time: Duration,
    /// How long it takes until all of them have started.
    pub(crate) ramp: Duration,
}

/// How many users worked, and how fast they were served.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Load {
    users: usize,
    seconds: u64,
    ramp_seconds: u64,
    /// Measured while all users were working. Absent if some never started.
    #[serde(skip_serializing_if = "Option::is_none")]
    requests_per_second: Option<f64>,
    /// The time from the server's queue to the client, by the clocks of both: there is none unless they are one.
    #[schemars(with = "Map<String, Value>")]
    delivery: Summary,
    /// Why there is none, where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    no_delivery: Option<String>,
    /// The time from when an action was due until all that it owes has arrived, by the client's clock.
    #[schemars(with = "Map<String, Value>")]
    round_trip: Summary,
    /// First all HTTP requests together, then each kind of request and event.
    #[schemars(with = "Vec<Map<String, Value>>")]
    figures: Vec<Summary>,
    #[schemars(with = "Vec<Map<String, Value>>")]
    thresholds: Vec<JudgedThreshold>,
}

impl Load {
    /// A load that was stopped by the harness says nothing of the system's pace: its last figures are
    /// those of its own end.
    pub(crate) fn new(
        crowd: Crowd,
        figures: &Figures,
        thresholds: &[Threshold],
        is_stopped: bool,
    ) -> Self {
        let judged = thresholds.iter().map(|threshold| {
            let judged = threshold.judge(figures);
            let verdict = if is_stopped {
                Verdict::Undecided
            } else {
                judged.verdict
            };
            JudgedThreshold { verdict, ..judged }
        });
        Self {
            users: crowd.n_users,
            seconds: crowd.time.as_secs(),
            ramp_seconds: crowd.ramp.as_secs(),
            requests_per_second: figures.requests_per_second(),
            delivery: figures
                .samples(figures::DELIVERY)
                .summary(figures::DELIVERY),
            no_delivery: figures.why_undeliverable().map(str::to_owned),
            round_trip: figures
                .samples(figures::ROUND_TRIP)
                .summary(figures::ROUND_TRIP),
            figures: figures.summaries(),
            thresholds: judged
                .chain([loadtest::enough_events(figures)])
                .chain(loadtest::wrong_clock(figures))
                .collect(),
        }
    }

    /// A threshold is a promise. Where it is missed and the harness itself was late, nobody knows which of the two was
    /// slow. `late` is there where it was late for so much of the time that no figure is the target's alone; the
    /// longest of all may be one such moment, and a request fails when the harness sleeps through its answer.
    pub(crate) fn but_for(mut self, late: Option<Duration>, latest: Duration) -> Self {
        for judged in &mut self.thresholds {
            let late = match judged.rule.as_str() {
                rule if rule.starts_with("error-rate") => Some(latest).filter(|by| *by >= ASLEEP),
                rule if rule.starts_with("max") => Some(latest).filter(|by| !by.is_zero()),
                _ => late,
            };
            if let Some(late) = late
                && judged.verdict == Verdict::Violated
            {
                *judged = judged.clone().excused(watch::told(late));
            }
        }
        self
    }

    /// The same where the harness itself came to the end of something. Where there were too few users for the rate, only
    /// what is missed without any waiting for a user is missed by the target.
    pub(crate) fn but_for_limits(mut self, limits: &[String], too_few: Option<&str>) -> Self {
        for judged in &mut self.thresholds {
            let too_few = too_few.filter(|_| judged.is_by_waiting);
            let mut why = limits.iter().map(String::as_str).chain(too_few);
            if judged.verdict == Verdict::Violated
                && let Some(why) = why.next()
            {
                *judged = judged.clone().excused(why.to_owned());
            }
        }
        self
    }

    /// The worst of its thresholds.
    pub(super) fn verdict(&self) -> Verdict {
        Verdict::worst(self.thresholds.iter().map(|judged| judged.verdict))
    }

    /// One line for each threshold, and one below it where there is a reason to give.
    pub(super) fn write_thresholds(&self, out: &mut impl Write) -> io::Result<()> {
        self.thresholds.iter().try_for_each(|judged| {
            let fewest = judged.fewest;
            let due = match judged.due {
                0 => String::new(),
                due => format!(" + {due} due"),
            };
            let is_lacking = judged.samples < fewest && judged.verdict == Verdict::Undecided;
            let lacks = if is_lacking && judged.why.is_none() {
                format!(", and needs at least {fewest}: use a longer --time")
            } else {
                String::new()
            };
            writeln!(
                out,
                "  {:9}  {:44} {:>16} {:>8} samples{due}{lacks}",
                judged.verdict, judged.rule, judged.observed, judged.samples
            )?;
            let why = judged.why.iter();
            why.map(String::as_str)
                .try_for_each(|why| writeln!(out, "  {:9}  {why}", ""))
        })
    }

    /// What stands behind the verdict's word.
    pub(super) fn write_end(&self, out: &mut impl Write, deliveries: u64) -> io::Result<()> {
        write!(
            out,
            "{} users, {} observed, {:.1} requests a second, ",
            self.users,
            counted(deliveries, "delivery"),
            self.requests_per_second.unwrap_or(0.0)
        )?;
        let clocks = [
            (&self.delivery, "delivery"),
            (&self.round_trip, "round trip"),
        ];
        let measured = clocks.iter().filter(|(summary, _)| summary.count > 0);
        let words = measured.map(|(summary, what)| {
            let Summary {
                p50_ms,
                p95_ms,
                p99_ms,
                ..
            } = summary;
            format!("{what} p50 {p50_ms:.1} ms, p95 {p95_ms:.1} ms, p99 {p99_ms:.1} ms")
        });
        write!(out, "{}", words.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(verdicts: &[(&str, Verdict)]) -> Load {
        let figures = Figures::new(Duration::from_secs(1));
        let judged = verdicts.iter().map(|(rule, verdict)| JudgedThreshold {
            rule: (*rule).to_owned(),
            verdict: *verdict,
            observed: "312.0 ms".to_owned(),
            why: None,
            is_by_waiting: *rule == "p95<200ms",
            samples: 100,
            due: 0,
            fewest: 10,
        });
        Load {
            users: 1,
            seconds: 1,
            ramp_seconds: 1,
            requests_per_second: None,
            delivery: figures.samples("").summary(""),
            no_delivery: None,
            round_trip: figures.samples("").summary(""),
            figures: Vec::new(),
            thresholds: judged.collect(),
        }
    }

    #[test]
    fn a_harness_at_its_limit_breaks_no_threshold() {
        use Verdict::{Holds, Undecided, Violated};
        let check = |limits: &[&str], too_few: Option<&str>, expected: [Verdict; 3]| {
            let rules = [
                ("p95<200ms", Violated),
                ("max<1s", Violated),
                ("rps>5", Holds),
            ];
            let limits: Vec<String> = limits.iter().map(ToString::to_string).collect();
            let load = load(&rules).but_for_limits(&limits, too_few);
            let verdicts: Vec<Verdict> = load.thresholds.iter().map(|one| one.verdict).collect();
            assert_eq!(verdicts, expected, "{limits:?}, {too_few:?}");
            load.thresholds[0].why.clone().unwrap_or_default()
        };
        check(&[], None, [Violated, Violated, Holds]);
        let why = check(&["few files"], None, [Undecided, Undecided, Holds]);
        assert_eq!(why, "few files");
        // The second is missed even by those that nobody had to wait for.
        check(&[], Some("few users"), [Undecided, Violated, Holds]);
    }

    #[test]
    fn a_late_harness_breaks_no_threshold() {
        use Verdict::{Holds, Undecided, Violated};
        let ms = Duration::from_millis;
        let check = |late: Option<u64>, latest: u64, expected: [Verdict; 4]| {
            let rules = [
                ("p95<200ms", Violated),
                ("rps>50", Holds),
                ("error-rate<=0%", Violated),
                ("max<1s", Violated),
            ];
            let load = load(&rules).but_for(late.map(ms), ms(latest));
            let verdicts: Vec<Verdict> = load.thresholds.iter().map(|one| one.verdict).collect();
            assert_eq!(verdicts, expected, "{late:?}, {latest}");
            load.thresholds[0].why.clone().unwrap_or_default()
        };
        check(None, 0, [Violated, Holds, Violated, Violated]);
        // A moment of lateness is one sample of many, and may be the longest.
        check(None, 730, [Violated, Holds, Violated, Undecided]);
        check(None, 1000, [Violated, Holds, Undecided, Undecided]);
        let why = check(Some(730), 730, [Undecided, Holds, Violated, Undecided]);
        assert_eq!(why, "the harness itself was late by up to 730 ms");
    }

    #[test]
    fn what_was_due_and_a_reason_stand_with_their_threshold() {
        let mut load = load(&[("max<1s for SIO delivery", Verdict::Violated)]);
        let key = "`queued_at` of `socket`: its clock is 5m12s ahead of this machine's";
        let judged = load.thresholds.remove(0).excused(key.to_owned());
        load.thresholds.push(JudgedThreshold { due: 7, ..judged });
        let mut out = Vec::new();
        load.write_thresholds(&mut out).expect("written");
        let text = String::from_utf8(out).expect("text");
        let lines: Vec<&str> = text.lines().collect();
        let first = "  undecided  max<1s for SIO delivery                              312.0 ms      100 samples + 7 due";
        assert_eq!(lines, [first, &format!("             {key}")]);
    }
}
