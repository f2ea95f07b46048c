//! Toasts, one after the other.

use super::parameters::Count;
use super::work::{Work, breathe};
use crate::actions::voice::Voice;
use crate::delivery::message::Body;

pub(super) struct Popups;

impl Work for Popups {
    const NAME: &'static str = "popups";
    type Parameters = Count;

    async fn run(parameters: &Count, voice: &Voice) -> Result<String, String> {
        for n in 1..=parameters.count {
            breathe(n).await;
            let text = format!("{} popup {n}", voice.name());
            voice.tell(Body::info(text))?;
        }
        Ok(format!("made {} popups", parameters.count))
    }
}
