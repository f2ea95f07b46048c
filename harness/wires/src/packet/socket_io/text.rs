//! A packet as text: its type, how many attachments follow, its namespace, its id, and JSON, where each but the first
//! may be missing: `51-/chat,7["file",{"_placeholder":true,"num":0}]`.

use serde_json::Value;

use super::{Kind, Packet, named};
use crate::bounds::{ATTACHMENTS, within};
use crate::frame::Frame;
use crate::packet::attachments::detach;
use crate::packet::{ReadError, WriteError};

/// Reads a packet, and how many attachments follow it.
///
/// # Errors
/// When the text is not a packet.
pub fn parse(text: &str) -> Result<(Packet, usize), ReadError> {
    let split = text.split_at_checked(1);
    let (kind, rest) = split.ok_or_else(|| ReadError::unknown(text))?;
    let (n_attachments, rest) = match kind {
        "5" | "6" => attachments(rest)?,
        _ => (0, rest),
    };
    let (namespace, rest) = namespace(rest);
    let (id, data) = id(rest)?;
    let kind = match kind {
        "0" if data.is_empty() => Kind::Connect(None),
        "0" => Kind::Connect(Some(json(data, "connect")?)),
        "1" => Kind::Disconnect,
        "2" | "5" => named(array(data, "event")?, id)?,
        "3" | "6" => Kind::Ack {
            id: id.ok_or(ReadError::Body("ack"))?,
            arguments: array(data, "ack")?,
        },
        "4" => Kind::Refused(json(data, "refusal")?),
        _ => return Err(ReadError::unknown(text)),
    };
    Ok((Packet::new(namespace, kind)?, n_attachments))
}

fn attachments(rest: &str) -> Result<(usize, &str), ReadError> {
    let malformed = ReadError::Body("binary");
    let (count, rest) = rest.split_once('-').ok_or(malformed.clone())?;
    if !count.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(malformed);
    }
    let count = count.parse().map_err(|_| malformed)?;
    within("attachments", count, ATTACHMENTS)?;
    Ok((count, rest))
}

fn namespace(rest: &str) -> (&str, &str) {
    if !rest.starts_with('/') {
        return ("/", rest);
    }
    rest.split_once(',').unwrap_or((rest, ""))
}

fn id(rest: &str) -> Result<(Option<u64>, &str), ReadError> {
    let end = rest.find(|c: char| !c.is_ascii_digit());
    let (digits, data) = rest.split_at(end.unwrap_or(rest.len()));
    if digits.is_empty() {
        return Ok((None, data));
    }
    let id = digits
        .parse()
        .map_err(|_| ReadError::Body("acknowledged"))?;
    Ok((Some(id), data))
}

fn json(data: &str, what: &'static str) -> Result<Value, ReadError> {
    serde_json::from_str(data).map_err(|_| ReadError::Body(what))
}

fn array(data: &str, what: &'static str) -> Result<Vec<Value>, ReadError> {
    serde_json::from_str(data).map_err(|_| ReadError::Body(what))
}

/// Writes a packet as the frames of Engine.IO: one of text, and one for each attachment.
///
/// # Errors
/// When the namespace is none, a `$binary` is not base64, or a bound is reached.
pub fn write(packet: Packet) -> Result<Vec<Frame>, WriteError> {
    let mut attachments = Vec::new();
    let namespace = match packet.writable()? {
        "/" => String::new(),
        other => format!("{other},"),
    };
    let (kind, id, mut data) = match packet.kind {
        Kind::Connect(data) => (0, None, data),
        Kind::Disconnect => (1, None, None),
        Kind::Event {
            name,
            mut arguments,
            id,
        } => {
            arguments.insert(0, Value::String(name));
            (2, id, Some(Value::Array(arguments)))
        }
        Kind::Ack { id, arguments } => (3, Some(id), Some(Value::Array(arguments))),
        Kind::Refused(data) => (4, None, Some(data)),
    };
    if let (2 | 3, Some(data)) = (kind, &mut data) {
        detach(data, &mut attachments)?;
    }
    let count = attachments.len();
    let kind = match count {
        0 => kind.to_string(),
        _ => format!("{}{count}-", kind + 3),
    };
    let id = id.map(|id| id.to_string()).unwrap_or_default();
    let data = data.map(|data| data.to_string()).unwrap_or_default();
    let head = Frame::text(format!("4{kind}{namespace}{id}{data}"));
    let attachments = attachments.into_iter().map(Frame::Binary);
    Ok(std::iter::once(head).chain(attachments).collect())
}
