//! Counts to the end, a status at each step.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde::Deserialize;
use utoipa::ToSchema;

use super::parameters::{Parameters, Wrong, within};
use super::work::Work;
use crate::actions::voice::Voice;
use crate::delivery::message::Body;

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Countdown {
    #[serde(default)]
    #[schema(max_length = 500)]
    text: String,
    #[serde(default = "five")]
    #[schema(default = five, minimum = 1, maximum = 1000)]
    steps: u32,
    #[serde(default = "a_tenth")]
    #[schema(default = a_tenth, maximum = 60_000)]
    interval_ms: u64,
}

pub(super) const fn five() -> u32 {
    5
}

pub(super) const fn a_tenth() -> u64 {
    100
}

impl Parameters for Countdown {
    fn text(&self) -> &str {
        &self.text
    }

    fn check(&self) -> Result<(), Wrong> {
        check_steps(self.steps, self.interval_ms)
    }
}

/// Checks the bounds of a countdown. The kind `parallel` has the same.
pub(super) fn check_steps(steps: u32, interval_ms: u64) -> Result<(), Wrong> {
    within("`steps`", steps.into(), 1, 1000)?;
    within("`interval_ms`", interval_ms, 0, 60_000)
}

impl Work for Countdown {
    const NAME: &'static str = "countdown";
    type Parameters = Self;

    async fn run(parameters: &Self, voice: &Voice) -> Result<String, String> {
        let Self {
            steps, interval_ms, ..
        } = *parameters;
        let whole = Whole::of(steps);
        count_down(voice, "countdown", steps, interval_ms, &whole).await?;
        Ok("is done".to_owned())
    }
}

/// The number of steps of an action, and how many are done.
pub(super) struct Whole {
    steps: u32,
    done: AtomicU32,
}

impl Whole {
    pub(super) const fn of(steps: u32) -> Self {
        let done = AtomicU32::new(0);
        Self { steps, done }
    }

    /// Notes that one more step is done, and returns the percentage. Relaxed: only the count matters.
    fn step(&self) -> i64 {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        i64::from(done) * 100 / i64::from(self.steps)
    }
}

pub(super) async fn count_down(
    voice: &Voice,
    category: &str,
    steps: u32,
    interval_ms: u64,
    whole: &Whole,
) -> Result<(), String> {
    for step in 1..=steps {
        tokio::time::sleep(Duration::from_millis(interval_ms)).await;
        let percent = i64::from(step) * 100 / i64::from(steps);
        voice.progress(whole.step());
        let text = format!("{} step {step} of {steps}", voice.name());
        voice
            .say(Body::status(category, text, percent))
            .map_err(|refused| refused.to_string())?;
    }
    Ok(())
}
