//! A threshold for the figures: `p95<200ms for GET /login`. In: text, then figures. Out: a verdict.
//!
//! The notation is goose's. The judging is ours, for three reasons. A rule of goose's without a request would
//! count deliveries as requests. A rule with an unknown request only warns, where we refuse it. And too few
//! samples are undecided here, not a failure.

use std::time::Duration;

use diagnostics::meant;
use evidence::Verdict;
use serde::Serialize;
use thiserror::Error;

use crate::figures::{CONNECT, DELIVERY, Figures, HTTP, ROUND_TRIP};
use crate::samples::{Samples, milliseconds};

/// The fewest samples that decide anything.
const FEWEST: u64 = 10;
const FIX: &str = "write it as METRIC OPERATOR VALUE, perhaps with `for NAME`: `p95<200ms for SIO delivery`; the metrics are avg, max, p1 to p99.9, error-rate, due and rps";

/// The fewest events of actions that decide anything about a load: the p99 of fewer is a matter of luck.
const FEWEST_EVENTS: u64 = 200;

/// What the usual thresholds depend on.
#[derive(Clone, Copy, Debug)]
pub struct Bar {
    /// How many users work.
    pub n_users: usize,
    /// Something that a user asks for is an HTTP request.
    pub has_requests: bool,
    /// Their work is done by HTTP requests, so that these are what is slow.
    pub works_by_requests: bool,
    /// The guide's own server: how many requests its users make is known.
    pub is_guides: bool,
}

/// The deployment guide's thresholds: over 50 requests per second, none failed, under 200 ms. For fewer than 20
/// users the 50 is reduced in proportion. How many requests a second there are is for the guide's own server: on any
/// other one the pauses and the length of its work decide. Nothing of a user's work may stand still.
#[must_use]
pub fn guides_bar(bar: Bar) -> Vec<String> {
    let requests = (bar.n_users * 5).div_ceil(2).min(50);
    let rule = |is_meant: bool, rule: &str| is_meant.then(|| rule.to_owned());
    let all = [
        rule(bar.is_guides, &format!("rps>{requests}")),
        rule(bar.has_requests, "error-rate<=0%"),
        rule(true, &format!("error-rate<=0% for {CONNECT}")),
        rule(true, &format!("error-rate<=0% for {ROUND_TRIP}")),
        rule(true, &format!("due<=5% for {ROUND_TRIP}")),
        rule(bar.works_by_requests, "avg<200ms"),
        rule(bar.works_by_requests, "p95<200ms"),
    ];
    all.into_iter().flatten().collect()
}

/// Whether enough events came of actions to decide anything. The judge counts more deliveries: whatever was received.
#[must_use]
pub fn enough_events(figures: &Figures) -> JudgedThreshold {
    let samples = figures.arrived();
    JudgedThreshold {
        rule: format!("at least {FEWEST_EVENTS} events of actions"),
        verdict: if samples < FEWEST_EVENTS {
            Verdict::Undecided
        } else {
            Verdict::Holds
        },
        observed: format!("{samples} events"),
        why: None,
        is_by_waiting: false,
        samples,
        due: 0,
        fewest: FEWEST_EVENTS,
    }
}

/// What is wrong with the times that the target writes into its events: they are no evidence of anything.
#[must_use]
pub fn wrong_clock(figures: &Figures) -> Option<JudgedThreshold> {
    let rule = "the target's times fit this machine's clock".to_owned();
    Some(JudgedThreshold::unmeasured(rule, figures.wrong_clock()?))
}

/// A limit for one figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    rule: String,
    metric: Metric,
    operator: Operator,
    /// Milliseconds, a percentage, or requests per second.
    limit: f64,
    subject: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Metric {
    Percentile(f64),
    Average,
    Maximum,
    ErrorRate,
    Due,
    RequestsPerSecond,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limited {
    Time,
    Failures,
    Due,
    Rate,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Why a text is not a threshold.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct ThresholdError {
    /// What is wrong.
    pub message: String,
    /// One imperative sentence.
    pub fix: String,
}

/// A threshold, and whether the figures pass it.
#[derive(Clone, Debug, Serialize)]
pub struct JudgedThreshold {
    /// The threshold, as it was given.
    pub rule: String,
    /// Too few samples are undecided.
    pub verdict: Verdict,
    /// What was found, as `12.3 ms`.
    pub observed: String,
    /// Why it is undecided, where that is not for want of samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// It would pass if nothing had been due before it was sent.
    #[serde(skip)]
    pub is_by_waiting: bool,
    /// How many were sent.
    pub samples: u64,
    /// How many more were due, and were not sent or not in time: they count in what was found.
    pub due: u64,
    /// How many samples it needs.
    #[serde(skip)]
    pub fewest: u64,
}

impl JudgedThreshold {
    /// The same, but for this reason it is no evidence against the target.
    #[must_use]
    pub fn excused(self, why: String) -> Self {
        Self {
            verdict: Verdict::Undecided,
            why: Some(why),
            ..self
        }
    }

    /// Nothing can be measured, for this reason.
    fn unmeasured(rule: String, why: &str) -> Self {
        Self {
            rule,
            verdict: Verdict::Undecided,
            observed: "not measured".to_owned(),
            why: Some(why.to_owned()),
            is_by_waiting: false,
            samples: 0,
            due: 0,
            fewest: 0,
        }
    }
}

impl Threshold {
    /// Reads a threshold; `names` are the things that can be measured, besides `HTTP` for all requests.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(rule: &str, names: &[String]) -> Result<Self, ThresholdError> {
        let wrong = |message: String| ThresholdError {
            message,
            fix: FIX.to_owned(),
        };
        let rule = rule.trim();
        let (limit, subject) = rule.split_once(" for ").unwrap_or((rule, HTTP));
        let subject = subject.trim().to_owned();
        let at = limit
            .find(['<', '>'])
            .ok_or_else(|| wrong(format!("`{rule}` has no operator")))?;
        let (metric, rest) = limit.split_at(at);
        let metric = Metric::parse(metric.trim())
            .ok_or_else(|| wrong(format!("`{}` is not a metric", metric.trim())))?;
        let (operator, value) = Operator::split(rest);
        let limit = metric
            .limit(value.trim())
            .ok_or_else(|| wrong(format!("`{}` is not a value for this metric", value.trim())))?;
        if subject != HTTP && !names.contains(&subject) {
            let names = names.iter().map(String::as_str);
            let known: Vec<&str> = std::iter::once(HTTP).chain(names).collect();
            return Err(ThresholdError {
                message: format!("there is nothing called `{subject}` to measure"),
                fix: meant(&subject, &known),
            });
        }
        if metric == Metric::RequestsPerSecond && subject != HTTP {
            return Err(ThresholdError {
                message: "`rps` counts all requests together".to_owned(),
                fix: format!("leave `for {subject}` out"),
            });
        }
        Ok(Self {
            rule: rule.to_owned(),
            metric,
            operator,
            limit,
            subject,
        })
    }

    /// Whether this one, which the user gave, stands in the place of a usual one: both limit the same of the same thing.
    #[must_use]
    pub fn replaces(&self, usual: &Self) -> bool {
        self.subject == usual.subject && self.metric.limits() == usual.metric.limits()
    }

    /// Checks the figures against it.
    #[must_use]
    pub fn judge(&self, figures: &Figures) -> JudgedThreshold {
        if let Some(why) = figures.why_undeliverable()
            && self.subject == DELIVERY
        {
            return JudgedThreshold::unmeasured(self.rule.clone(), why);
        }
        let samples = figures.samples(&self.subject);
        let (value, unit) = self.value(figures, &samples);
        let is_known =
            self.metric != Metric::RequestsPerSecond || figures.requests_per_second().is_some();
        // One failure is enough where none is allowed.
        let is_plain = self.metric == Metric::ErrorRate && self.limit <= 0.0 && value > 0.0;
        let is_enough = samples.count_all() >= self.metric.fewest() || is_plain;
        let enough = is_known && is_enough;
        let (sent, _) = self.value(figures, &figures.sent(&self.subject));
        JudgedThreshold {
            rule: self.rule.clone(),
            verdict: match (enough, self.operator.passes(value, self.limit)) {
                (false, _) => Verdict::Undecided,
                (true, true) => Verdict::Holds,
                (true, false) => Verdict::Violated,
            },
            observed: format!("{value:.1}{unit}"),
            why: None,
            is_by_waiting: self.metric == Metric::RequestsPerSecond
                || self.operator.passes(sent, self.limit),
            samples: samples.count(),
            due: samples.count_due(),
            fewest: self.metric.fewest(),
        }
    }

    /// The figure that is limited, and its unit.
    fn value(&self, figures: &Figures, samples: &Samples) -> (f64, &'static str) {
        match self.metric {
            Metric::Percentile(percent) => (samples.percentile(percent), " ms"),
            Metric::Average => (samples.mean(), " ms"),
            Metric::Maximum => (samples.longest(), " ms"),
            Metric::ErrorRate => (samples.error_rate(), "% failed"),
            Metric::Due => (samples.share_due(), "% due"),
            Metric::RequestsPerSecond => {
                (figures.requests_per_second().unwrap_or(0.0), " a second")
            }
        }
    }
}

impl Metric {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "avg" => Some(Self::Average),
            "max" => Some(Self::Maximum),
            "error-rate" => Some(Self::ErrorRate),
            "due" => Some(Self::Due),
            "rps" => Some(Self::RequestsPerSecond),
            _ => number(text.strip_prefix('p')?)
                .filter(|percent| (1.0..=99.9).contains(percent))
                .map(Self::Percentile),
        }
    }

    fn limit(self, text: &str) -> Option<f64> {
        match self {
            Self::ErrorRate | Self::Due => number(text.strip_suffix('%').unwrap_or(text)),
            Self::RequestsPerSecond => number(text),
            _ => duration::read(text).map(of_time).or_else(|| decimal(text)),
        }
    }

    /// What it limits: every figure of how long things take is about time.
    const fn limits(self) -> Limited {
        match self {
            Self::Percentile(_) | Self::Average | Self::Maximum => Limited::Time,
            Self::ErrorRate => Limited::Failures,
            Self::Due => Limited::Due,
            Self::RequestsPerSecond => Limited::Rate,
        }
    }

    /// A percentile needs at least two samples above it.
    fn fewest(self) -> u64 {
        match self {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "200 for p99, 2000 for p99.9"
            )]
            Self::Percentile(percent) => FEWEST.max((200.0 / (100.0 - percent)).round() as u64),
            _ => FEWEST,
        }
    }
}

impl Operator {
    fn split(text: &str) -> (Self, &str) {
        let all = [
            ("<=", Self::LessOrEqual),
            (">=", Self::GreaterOrEqual),
            ("<", Self::Less),
        ];
        let found = all
            .into_iter()
            .find_map(|(sign, operator)| Some((operator, text.strip_prefix(sign)?)));
        found.unwrap_or((Self::Greater, text.get(1..).unwrap_or_default()))
    }

    fn passes(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Less => value < limit,
            Self::LessOrEqual => value <= limit,
            Self::Greater => value > limit,
            Self::GreaterOrEqual => value >= limit,
        }
    }
}

/// The milliseconds of a time, exactly as a sample of that time has them.
fn of_time(time: Duration) -> f64 {
    milliseconds(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
}

/// The milliseconds of a time that is not in the notation of all other times: goose's own, and as the figures are
/// printed. A number may have a point, its unit may be `us`, and none means milliseconds.
fn decimal(text: &str) -> Option<f64> {
    let units = [("us", 0.001), ("ms", 1.0), ("s", 1000.0), ("", 1.0)];
    let (bare, scale) = units
        .iter()
        .find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, scale)))?;
    Some(number(bare)? * scale)
}

/// Digits and at most one point: no sign, no exponent, no infinity.
fn number(text: &str) -> Option<f64> {
    let plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
