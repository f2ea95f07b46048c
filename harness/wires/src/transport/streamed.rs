//! One request, whose answer is read while it comes, by its `Content-Type`.

use std::string::FromUtf8Error;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, Response};
use serde::de::IgnoredAny;

use super::http::{Opening, head, innermost, refusal};
use super::link::{Order, Out, PumpEnd};
use crate::bounds::{Exceeded, LONGEST, within};
use crate::dial::{Dial, DialError, StreamedAnswer, header_value};
use crate::frame::Frame;
use crate::incoming::{EndedBy, Ending, Incoming, SseMessage};
use crate::stream::lines::Lines;
use crate::stream::sse::{Block, Blocks};

/// An answer that is coming.
pub(crate) struct Streamed {
    answer: Response,
    last_event_id: Option<String>,
}

/// Asks, and reads the answer's head.
pub(super) async fn connect(
    dial: &Dial,
    http: &Client,
    asked: &StreamedAnswer,
) -> Opening<Streamed> {
    let method = match asked.method.as_str() {
        "" => Method::GET,
        name => Method::from_bytes(name.as_bytes())
            .map_err(|_| DialError::Unsendable(format!("the method {name:?}")))?,
    };
    let mut headers = dial.header_map()?;
    if !headers.contains_key(ACCEPT) {
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    }
    if let Some(id) = &asked.last_event_id {
        headers.insert("last-event-id", header_value("last-event-id", id)?);
    }
    let mut request = http.request(method, dial.address()?).headers(headers);
    if let Some(body) = &asked.body {
        request = request.body(body.clone());
    }
    let answer = request.send().await;
    let answer = answer.map_err(|error| DialError::NoConnection(innermost(&error)))?;
    if !answer.status().is_success() {
        return Ok(Err(refusal(answer).await));
    }
    Ok(Ok(Streamed {
        answer,
        last_event_id: asked.last_event_id.clone(),
    }))
}

/// How an answer is read.
enum Reader {
    Events(Blocks),
    Lines(Lines),
    Whole(Vec<u8>),
}

impl Reader {
    fn of(headers: &HeaderMap, last_event_id: Option<String>) -> Self {
        let kind = headers.get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        match kind.to_ascii_lowercase().as_str() {
            "text/event-stream" => Self::Events(Blocks::after(last_event_id)),
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonl"
            | "application/json-lines"
            | "application/jsonlines"
            | "application/x-jsonlines"
            | "application/stream+json"
            | "application/json-seq" => Self::Lines(Lines::default()),
            _ => Self::Whole(Vec::new()),
        }
    }

    fn take(&mut self, piece: &[u8], out: &mut Out) -> Result<(), Exceeded> {
        match self {
            Self::Events(reader) => {
                let mut blocks = Vec::new();
                let taken = reader.take(piece, &mut blocks);
                for block in blocks {
                    out.take_said(block.raw.len(), Incoming::Message(message(block)));
                }
                taken
            }
            Self::Lines(reader) => {
                let mut lines = Vec::new();
                let taken = reader.take(piece, &mut lines);
                for line in lines {
                    out.take_said(line.len(), read_line(line));
                }
                taken
            }
            Self::Whole(body) => {
                let size = body.len() + piece.len();
                let room = LONGEST.saturating_sub(body.len()).min(piece.len());
                body.extend_from_slice(piece.get(..room).unwrap_or_default());
                within("bytes of an answer", size, LONGEST)
            }
        }
    }

    /// Takes what is left, at the end of the answer or where it broke.
    fn rest(&mut self, is_whole: bool, out: &mut Out) {
        let (rest, is_message) = match self {
            Self::Events(reader) => (reader.rest(), false),
            Self::Lines(reader) => (reader.rest(), true),
            Self::Whole(body) => (text(std::mem::take(body)), true),
        };
        let Some(raw) = rest else { return };
        let size = raw.len();
        let said = match self {
            Self::Lines(_) if is_whole => read_line(raw),
            _ if is_whole && is_message => Incoming::Frame(Frame::Text(raw)),
            _ => Incoming::Malformed {
                reason: "the answer ended in the middle of a message".to_owned(),
                raw,
            },
        };
        out.take_said(size, said);
    }
}

fn text(body: Vec<u8>) -> Option<String> {
    (!body.is_empty()).then(|| lossy(body))
}

/// A body as text, without a copy where it is one.
fn lossy(body: Vec<u8>) -> String {
    let lossy = |error: FromUtf8Error| String::from_utf8_lossy(error.as_bytes()).into_owned();
    String::from_utf8(body).unwrap_or_else(lossy)
}

fn message(block: Block) -> SseMessage {
    let Block {
        event,
        data,
        id,
        retry,
        raw,
    } = block;
    SseMessage {
        event,
        data,
        id,
        retry,
        raw,
    }
}

fn read_line(line: String) -> Incoming {
    match serde_json::from_str::<IgnoredAny>(&line) {
        Ok(_) => Incoming::Frame(Frame::Text(line)),
        Err(error) => Incoming::Malformed {
            reason: format!("a line is not JSON: {error}"),
            raw: line,
        },
    }
}

impl Streamed {
    /// Reads until the answer ends.
    pub(super) async fn pump(mut self, end: PumpEnd) {
        let PumpEnd {
            mut orders,
            mut out,
        } = end;
        let mut reader = Reader::of(self.answer.headers(), self.last_event_id.take());
        out.take_said(0, Incoming::Answered(head(&self.answer)));
        let mut is_stalled = false;
        let ending = loop {
            tokio::select! {
                () = out.deliver(), if out.is_behind() => {}
                piece = self.answer.chunk(), if !is_stalled && !out.is_behind() => match piece {
                    Ok(Some(piece)) => if let Err(exceeded) = reader.take(&piece, &mut out) {
                        reader.rest(false, &mut out);
                        break Ending::new(EndedBy::Harness, exceeded.to_string());
                    },
                    Ok(None) => {
                        reader.rest(true, &mut out);
                        break Ending::new(EndedBy::Server, "the answer ended");
                    }
                    Err(error) => {
                        reader.rest(false, &mut out);
                        let how = format!("the answer broke off: {}", innermost(&error));
                        break Ending::new(EndedBy::Nobody, how);
                    }
                },
                order = orders.recv() => match order {
                    Some(Order::Stall(stalled)) => is_stalled = stalled,
                    Some(Order::Send(_) | Order::Emit(_) | Order::Answer(..)) => {}
                    // Nothing is said at the end of a stream: it is dropped.
                    Some(Order::Close(_)) | None => return,
                },
            }
        };
        out.end(ending).await;
    }
}
