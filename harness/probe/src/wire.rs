//! The packets of Engine.IO 4 and Socket.IO 5 that a server sends as text, namespace `/`.
//!
//! Written from the protocol's description and not with the server's own parser: a mistake shared by both sides would
//! be invisible. The raw frame stays the evidence; this module only says what it is.

use serde_json::Value;
use thiserror::Error;

/// A server's packet.
#[derive(Clone, Debug, PartialEq)]
pub enum Packet {
    /// `0{…}`: the transport is open.
    Open {
        /// The transport's id.
        sid: String,
    },
    /// `1`: the server closes the transport.
    Close,
    /// `2`: answer with `3`.
    Ping,
    /// `40{…}`: the namespace is connected.
    Connected,
    /// `41`: the namespace is disconnected.
    Disconnected,
    /// `44…`: the namespace refused the client.
    Refused {
        /// What the server says: the `message`, or the bare string that some servers send.
        reason: String,
    },
    /// `42["name", …]`.
    Event {
        /// Its name.
        name: String,
        /// Its arguments.
        arguments: Vec<Value>,
        /// The id to acknowledge with, when the server wants one.
        ack: Option<u64>,
    },
    /// `43N[…]`: the answer to the emit with id `id`.
    Ack {
        /// The emit's id.
        id: u64,
        /// The answer.
        arguments: Vec<Value>,
    },
    /// A valid packet that says nothing to this client (pong, upgrade, noop).
    Other,
}

/// Why a frame is not a packet.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum WireError {
    /// There is no such packet type.
    #[error("unknown packet type in {0:?}")]
    Type(String),
    /// The rest of the packet does not fit its type.
    #[error("malformed {0} packet")]
    Body(&'static str),
}

impl Packet {
    /// Reads one text frame.
    ///
    /// # Errors
    /// When it is not a packet. The caller still records the frame.
    pub fn parse(frame: &str) -> Result<Self, WireError> {
        let (kind, body) = frame.split_at_checked(1).ok_or_else(|| unknown(frame))?;
        match kind {
            "0" => open(body),
            "1" => Ok(Self::Close),
            "2" => Ok(Self::Ping),
            "3" | "5" | "6" => Ok(Self::Other),
            "4" => message(body),
            _ => Err(unknown(frame)),
        }
    }
}

fn unknown(frame: &str) -> WireError {
    WireError::Type(frame.chars().take(8).collect())
}

fn open(body: &str) -> Result<Packet, WireError> {
    let value: Value = serde_json::from_str(body).map_err(|_| WireError::Body("open"))?;
    let sid = value
        .get("sid")
        .and_then(Value::as_str)
        .ok_or(WireError::Body("open"))?;
    Ok(Packet::Open {
        sid: sid.to_owned(),
    })
}

fn message(body: &str) -> Result<Packet, WireError> {
    let (kind, rest) = body.split_at_checked(1).ok_or_else(|| unknown(body))?;
    match kind {
        "0" => Ok(Packet::Connected),
        "1" => Ok(Packet::Disconnected),
        "2" => event(rest),
        "3" => {
            let (id, arguments) = numbered(rest, "ack")?;
            Ok(Packet::Ack {
                id: id.ok_or(WireError::Body("ack"))?,
                arguments,
            })
        }
        "4" => refused(rest),
        _ => Err(unknown(body)),
    }
}

fn event(rest: &str) -> Result<Packet, WireError> {
    let (ack, mut arguments) = numbered(rest, "event")?;
    let name = arguments.first().and_then(Value::as_str).map(str::to_owned);
    let name = name.ok_or(WireError::Body("event"))?;
    arguments.remove(0);
    Ok(Packet::Event {
        name,
        arguments,
        ack,
    })
}

fn refused(rest: &str) -> Result<Packet, WireError> {
    let reason = refusal(rest)?;
    Ok(Packet::Refused { reason })
}

/// What the server says in the data of a refusal.
pub(crate) fn refusal(data: &str) -> Result<String, WireError> {
    let value: Value = serde_json::from_str(data).map_err(|_| WireError::Body("refusal"))?;
    let words = value.get("message").unwrap_or(&value);
    let said = words.as_str().map(str::to_owned);
    Ok(said.unwrap_or_else(|| words.to_string()))
}

/// An optional id, then a JSON array.
fn numbered(rest: &str, what: &'static str) -> Result<(Option<u64>, Vec<Value>), WireError> {
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (id, array) = rest.split_at(end);
    let id = (!id.is_empty())
        .then(|| id.parse())
        .transpose()
        .map_err(|_| WireError::Body(what))?;
    let array = serde_json::from_str(array).map_err(|_| WireError::Body(what))?;
    Ok((id, array))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_packet_is_what_it_says() {
        let event = |ack| Packet::Event {
            name: "popup".into(),
            arguments: vec![json!({"info": "x"})],
            ack,
        };
        let refused = |reason: &str| Packet::Refused {
            reason: reason.into(),
        };
        let cases = [
            (
                r#"0{"sid":"abc","pingInterval":25000}"#,
                Packet::Open { sid: "abc".into() },
            ),
            ("1", Packet::Close),
            ("2", Packet::Ping),
            ("3probe", Packet::Other),
            (r#"40{"sid":"abc"}"#, Packet::Connected),
            ("41", Packet::Disconnected),
            (r#"44{"message":"no"}"#, refused("no")),
            (r#"44"no""#, refused("no")),
            (r#"42["popup",{"info":"x"}]"#, event(None)),
            (r#"427["popup",{"info":"x"}]"#, event(Some(7))),
            (
                "4312[]",
                Packet::Ack {
                    id: 12,
                    arguments: Vec::new(),
                },
            ),
        ];
        for (frame, packet) in cases {
            assert_eq!(Packet::parse(frame), Ok(packet), "{frame}");
        }
    }

    #[test]
    fn anything_else_is_an_error_and_no_panic() {
        let frames = [
            "",
            "4",
            "9",
            "é",
            "4é",
            "0",
            "0{}",
            "42",
            "42[]",
            "42[7]",
            "42{\"a\":1}",
            "43[]",
            "44",
            "47",
            "4299999999999999999999[\"a\"]",
            "42[\"a\"",
        ];
        for frame in frames {
            assert!(Packet::parse(frame).is_err(), "{frame}");
        }
    }
}
