//! More messages than a queue holds.

use serde::Deserialize;
use utoipa::ToSchema;

use super::parameters::{Parameters, Wrong, within};
use super::work::{Work, breathe};
use crate::actions::voice::Voice;
use crate::delivery::message::Body;

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Flood {
    #[serde(default)]
    #[schema(max_length = 500)]
    text: String,
    #[serde(default = "a_thousand")]
    #[schema(default = a_thousand, minimum = 1, maximum = 10_000)]
    count: u32,
    #[serde(default)]
    what: Flooding,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Flooding {
    #[default]
    Popup,
    Modal,
    Status,
}

const fn a_thousand() -> u32 {
    1000
}

impl Parameters for Flood {
    fn text(&self) -> &str {
        &self.text
    }

    fn check(&self) -> Result<(), Wrong> {
        within("`count`", self.count.into(), 1, 10_000)
    }
}

impl Work for Flood {
    const NAME: &'static str = "flood";
    type Parameters = Self;

    async fn run(parameters: &Self, voice: &Voice) -> Result<String, String> {
        for n in 1..=parameters.count {
            breathe(n).await;
            let text = format!("{} {n}", voice.name());
            let body = match parameters.what {
                Flooding::Popup => Body::info(text),
                Flooding::Modal => {
                    let id = format!("flood-{n}");
                    Body::Modal { id, text }
                }
                Flooding::Status => Body::status("flood", text, 103),
            };
            voice.tell(body)?;
        }
        Ok(format!("sent {} messages", parameters.count))
    }
}
