//! An answer that comes message by message: each is heard in the tab that asked, like an event.

use reqwest::Response;
use targets::file::socket::Frame;
use wires::stream::lines::Lines;
use wires::stream::sse::Blocks;

use crate::connect::{parse_frame, parse_message};
use crate::tab::Tab;

/// The name of the place where such messages come, as a socket has one.
pub(crate) const ANSWER: &str = "answer";

/// Hears an answer to its end.
pub(crate) async fn hear(tab: Tab, mut response: Response, frame: Option<Frame>) {
    let kind = response.headers().get("content-type");
    let is_sse = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    let (mut blocks, mut lines) = (Blocks::default(), Lines::default());
    // A stream that breaks ends here: what was due of it is missing then.
    while let Ok(Some(piece)) = response.chunk().await {
        let frame = frame.as_ref();
        if is_sse {
            let mut whole = Vec::new();
            let taken = blocks.take(&piece, &mut whole);
            for block in whole {
                let Some(data) = &block.data else { continue };
                let came = parse_message(frame, block.event.as_deref(), data);
                tab.hear(ANSWER, came, &block.raw);
            }
            if taken.is_err() {
                return;
            }
        } else {
            let mut whole = Vec::new();
            let taken = lines.take(&piece, &mut whole);
            for line in whole {
                tab.hear(ANSWER, parse_frame(frame, &line), &line);
            }
            if taken.is_err() {
                return;
            }
        }
    }
}
