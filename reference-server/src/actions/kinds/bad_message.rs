//! Messages that cannot be sent, and one that can.

use super::parameters::Plain;
use super::work::Work;
use crate::actions::voice::Voice;
use crate::delivery::message::{Body, MAX_MESSAGE};

pub(super) struct BadMessage;

impl Work for BadMessage {
    const NAME: &'static str = "bad_message";
    type Parameters = Plain;

    async fn run(_: &Plain, voice: &Voice) -> Result<String, String> {
        voice.tell(Body::info("x".repeat(MAX_MESSAGE + 1)))?;
        Err("was not refused".to_owned())
    }
}
