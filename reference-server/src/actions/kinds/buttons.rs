//! A button that changes, is disabled and enabled.

use serde::Deserialize;
use utoipa::ToSchema;

use super::parameters::{Parameters, Wrong, within};
use super::work::Work;
use crate::actions::voice::Voice;
use crate::delivery::message::Body;

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Buttons {
    #[serde(default)]
    #[schema(max_length = 500)]
    text: String,
    #[serde(default = "run_button")]
    #[schema(default = run_button, min_length = 1, max_length = 100)]
    button: String,
    #[serde(default)]
    #[schema(max_items = 100)]
    sequence: Vec<Switch>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Switch {
    Enable,
    Disable,
}

fn run_button() -> String {
    "run".to_owned()
}

impl Parameters for Buttons {
    fn text(&self) -> &str {
        &self.text
    }

    fn check(&self) -> Result<(), Wrong> {
        let letters = self.button.chars().count() as u64;
        within("the number of characters in `button`", letters, 1, 100)?;
        let entries = self.sequence.len() as u64;
        within("the number of entries in `sequence`", entries, 0, 100)
    }
}

impl Work for Buttons {
    const NAME: &'static str = "buttons";
    type Parameters = Self;

    async fn run(parameters: &Self, voice: &Voice) -> Result<String, String> {
        voice.tell(Body::Button {
            id: parameters.button.clone(),
            icon: "play".to_owned(),
            text: voice.name().to_owned(),
            style: "primary".to_owned(),
        })?;
        for switch in &parameters.sequence {
            let enabled = *switch == Switch::Enable;
            let button = parameters.button.clone();
            voice.tell(Body::Enabled { button, enabled })?;
        }
        Ok("changed a button".to_owned())
    }
}
