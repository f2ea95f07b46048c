//! Lines of your own log.

use super::parameters::Count;
use super::work::{Work, breathe};
use crate::actions::voice::Voice;

pub(super) struct Log;

impl Work for Log {
    const NAME: &'static str = "log";
    type Parameters = Count;

    async fn run(parameters: &Count, voice: &Voice) -> Result<String, String> {
        for n in 1..=parameters.count {
            breathe(n).await;
            voice.log("kinds.rs:log", format!("{} line {n}", voice.name()));
        }
        Ok(format!("wrote {} lines", parameters.count))
    }
}
