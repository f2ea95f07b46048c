//! An answer that comes message by message: each is heard in the tab that asked, like an event.

use reqwest::Response;
use targets::file::socket::Frame;
use targets::language::came::{Came, Close};
use wires::stream::lines::Lines;
use wires::stream::sse::Blocks;

use crate::named::{messages, parse_answer};
use crate::tab::{Tab, WeakTab};
use crate::witness::Sight;

/// The name of the place where such messages come, as a socket has one.
pub const ANSWER: &str = "answer";

/// Hears what is one message by its stream, and may hold several by the file. Where the whole answer is the stream, it has
/// a number.
pub(crate) fn hear_one(
    tab: &Tab,
    number: Option<u64>,
    frame: Option<&Frame>,
    (event, data): (Option<&str>, &str),
    raw: &str,
) {
    let numbered = |data: &str| Came {
        answer: number,
        ..parse_answer(frame, event, data)
    };
    let all = messages(frame, data);
    if all.is_empty() {
        tab.hear(ANSWER, numbered(data), raw);
    }
    for one in all {
        tab.hear(ANSWER, numbered(&one), &one);
    }
}

/// Hears an answer to its end, or until the tab is gone. By its number it is no other answer of this tab.
pub(crate) async fn hear(tab: WeakTab, number: u64, mut response: Response, frame: Option<Frame>) {
    let frame = frame.as_ref();
    let kind = response.headers().get("content-type");
    let is_sse = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    let (mut blocks, mut lines) = (Blocks::default(), Lines::default());
    let broken = loop {
        let piece = response.chunk().await;
        let Some(tab) = tab.upgrade() else { return };
        let hear_line = |line: &str| hear_one(&tab, Some(number), frame, (None, line), line);
        let piece = match piece {
            Ok(Some(piece)) => piece,
            Ok(None) => {
                // The last line needs no end; a browser drops such a block of events.
                lines.rest().iter().for_each(|line| hear_line(line));
                return;
            }
            Err(error) => break error.to_string(),
        };
        let taken = if is_sse {
            let mut whole = Vec::new();
            let taken = blocks.take(&piece, &mut whole);
            for block in whole {
                let Some(data) = &block.data else {
                    tab.see(&Sight::Silent { raw: &block.raw });
                    continue;
                };
                hear_one(
                    &tab,
                    Some(number),
                    frame,
                    (block.event.as_deref(), data),
                    &block.raw,
                );
            }
            taken
        } else {
            let mut whole = Vec::new();
            let taken = lines.take(&piece, &mut whole);
            whole.iter().for_each(|line| hear_line(line));
            taken
        };
        if let Err(exceeded) = taken {
            break exceeded.to_string();
        }
    };
    if let Some(tab) = tab.upgrade() {
        let close = Close {
            code: None,
            reason: broken,
        };
        tab.see(&Sight::Closed {
            socket: ANSWER,
            member: None,
            is_last: false,
            close: &close,
            is_bound: false,
        });
    }
}
