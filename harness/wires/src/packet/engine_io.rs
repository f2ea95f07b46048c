//! Engine.IO 4: the packets of the transport, and the body of a poll, in which several stand.

use serde_json::Value;

use super::ReadError;
use crate::binary;
use crate::bounds::{NAME, within};
use crate::frame::Frame;

/// Stands between the packets of a polled body.
const SEPARATOR: char = '\u{1e}';

/// What the server says when the transport opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The transport's id.
    pub sid: String,
    /// The transports that it can be upgraded to.
    pub upgrades: Vec<String>,
}

/// A text packet. Its borrowed part is what stands behind the type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// `0{…}`: the transport is open.
    Open(Handshake),
    /// `1`: the transport is closed.
    Close,
    /// `2`: to be answered with `3` and the same text.
    Ping(&'a str),
    /// `3`: the answer.
    Pong(&'a str),
    /// `4…`: a message.
    Message(&'a str),
    /// `5`: the client goes on over the new transport.
    Upgrade,
    /// `6`: nothing; it ends a poll.
    Noop,
}

impl<'a> Packet<'a> {
    /// Reads one text frame.
    ///
    /// # Errors
    /// When it is not a packet.
    pub fn parse(frame: &'a str) -> Result<Self, ReadError> {
        let split = frame.split_at_checked(1);
        let (kind, body) = split.ok_or_else(|| ReadError::unknown(frame))?;
        match kind {
            "0" => Ok(Self::Open(handshake(body)?)),
            "1" => Ok(Self::Close),
            "2" => Ok(Self::Ping(body)),
            "3" => Ok(Self::Pong(body)),
            "4" => Ok(Self::Message(body)),
            "5" => Ok(Self::Upgrade),
            "6" => Ok(Self::Noop),
            _ => Err(ReadError::unknown(frame)),
        }
    }

    /// Writes a packet that a client sends.
    #[must_use]
    pub fn write(&self) -> String {
        match self {
            Self::Open(handshake) => {
                let Handshake { sid, upgrades } = handshake;
                format!("0{}", serde_json::json!({"sid": sid, "upgrades": upgrades}))
            }
            Self::Close => "1".to_owned(),
            Self::Ping(text) => format!("2{text}"),
            Self::Pong(text) => format!("3{text}"),
            Self::Message(text) => format!("4{text}"),
            Self::Upgrade => "5".to_owned(),
            Self::Noop => "6".to_owned(),
        }
    }
}

fn handshake(body: &str) -> Result<Handshake, ReadError> {
    let malformed = ReadError::Body("open");
    let value: Value = serde_json::from_str(body).map_err(|_| malformed.clone())?;
    let sid = value.get("sid").and_then(Value::as_str).ok_or(malformed)?;
    within("bytes of a session's id", sid.len(), NAME)?;
    let upgrades = value.get("upgrades").and_then(Value::as_array);
    let upgrades = upgrades.into_iter().flatten();
    Ok(Handshake {
        sid: sid.to_owned(),
        upgrades: upgrades
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect(),
    })
}

/// A part of a polled body that is no packet, as it came.
pub type Unread<'a> = (ReadError, &'a str);

/// The packets of a polled body. A binary one stands there as `b` and base64.
pub fn packets(body: &str) -> impl Iterator<Item = Result<Frame, Unread<'_>>> {
    body.split(SEPARATOR)
        .map(|packet| match packet.strip_prefix('b') {
            None => Ok(Frame::text(packet)),
            Some(base64) => match binary::decode(base64) {
                Ok(bytes) => Ok(Frame::Binary(bytes.into())),
                Err(error) => Err((error.into(), packet)),
            },
        })
}

/// The body that posts these packets.
#[must_use]
pub fn body(frames: &[Frame]) -> String {
    let mut body = String::new();
    for (place, frame) in frames.iter().enumerate() {
        if place > 0 {
            body.push(SEPARATOR);
        }
        match frame {
            Frame::Text(text) => body.push_str(text),
            Frame::Binary(bytes) => {
                body.push('b');
                body.push_str(&binary::encode(bytes));
            }
        }
    }
    body
}
