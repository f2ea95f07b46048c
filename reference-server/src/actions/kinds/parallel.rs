//! Several countdowns at once, and one result.

use std::sync::Arc;

use serde::Deserialize;
use utoipa::ToSchema;

use super::countdown::{Whole, a_tenth, check_steps, count_down, five};
use super::parameters::{Parameters, Wrong, three, within};
use super::work::Work;
use crate::actions::voice::Voice;

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parallel {
    #[serde(default)]
    #[schema(max_length = 500)]
    text: String,
    #[serde(default = "three")]
    #[schema(default = three, minimum = 1, maximum = 20)]
    children: u32,
    #[serde(default = "five")]
    #[schema(default = five, minimum = 1, maximum = 1000)]
    steps: u32,
    #[serde(default = "a_tenth")]
    #[schema(default = a_tenth, maximum = 60_000)]
    interval_ms: u64,
}

impl Parameters for Parallel {
    fn text(&self) -> &str {
        &self.text
    }

    fn check(&self) -> Result<(), Wrong> {
        within("`children`", self.children.into(), 1, 20)?;
        check_steps(self.steps, self.interval_ms)
    }
}

impl Work for Parallel {
    const NAME: &'static str = "parallel";
    type Parameters = Self;

    /// The children are separate tasks. They have the action's voice and end with the action.
    async fn run(parameters: &Self, voice: &Voice) -> Result<String, String> {
        let mut children = tokio::task::JoinSet::new();
        let whole = Arc::new(Whole::of(parameters.children * parameters.steps));
        for n in 1..=parameters.children {
            let (steps, interval) = (parameters.steps, parameters.interval_ms);
            let (voice, whole) = (voice.of_task(), Arc::clone(&whole));
            children.spawn(async move {
                count_down(&voice, &format!("child {n}"), steps, interval, &whole).await
            });
        }
        let mut done = 0;
        while let Some(ended) = children.join_next().await {
            ended.map_err(|_| "a child failed inside the server".to_owned())??;
            done += 1;
        }
        Ok(format!("finished {done} children"))
    }
}
