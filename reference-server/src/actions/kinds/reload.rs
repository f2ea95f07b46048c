//! A part of the page is replaced.

use super::parameters::Plain;
use super::work::Work;
use crate::actions::voice::Voice;
use crate::delivery::message::Body;

pub(super) struct Reload;

impl Work for Reload {
    const NAME: &'static str = "reload";
    type Parameters = Plain;

    async fn run(_: &Plain, voice: &Voice) -> Result<String, String> {
        voice.tell(Body::Reload {
            id: "part".to_owned(),
            content: format!("<p>{}</p>", escaped(voice.name())),
        })?;
        Ok("reloaded a part".to_owned())
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
