//! Dialogs, of which the newest are kept.

use super::parameters::Count;
use super::work::{Work, breathe};
use crate::actions::voice::Voice;
use crate::delivery::message::Body;

pub(super) struct Modals;

impl Work for Modals {
    const NAME: &'static str = "modals";
    type Parameters = Count;

    async fn run(parameters: &Count, voice: &Voice) -> Result<String, String> {
        for n in 1..=parameters.count {
            breathe(n).await;
            let (id, text) = (format!("modal-{n}"), format!("{} modal {n}", voice.name()));
            voice.tell(Body::Modal { id, text })?;
        }
        Ok(format!("made {} modals", parameters.count))
    }
}
