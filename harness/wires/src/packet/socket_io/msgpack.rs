//! A packet as MessagePack, in the form of `socket.io-msgpack-parser`: one map of `type`, `data`, `nsp` and `id`.
//!
//! JSON cannot hold all of it. Bytes become `{"$binary": …}`, an extension `{"$extension": TYPE, "$binary": …}` (a date
//! of JavaScript is one), and a key that is no text its text. JavaScript's `undefined`, which is an extension too, is
//! `null`, as in JSON.

use rmpv::decode::read_value_with_max_depth;
use rmpv::{Integer, Utf8String, Value as Part};
use serde_json::{Map, Number, Value};

use super::{Kind, Packet, named};
use crate::binary;
use crate::bounds::{DEPTH, within};
use crate::packet::{ReadError, WriteError};

/// The key beside `$binary` of an extension's type.
const EXTENSION: &str = "$extension";

/// Reads a packet.
///
/// # Errors
/// When the bytes are not one.
pub fn parse(mut bytes: &[u8]) -> Result<Packet, ReadError> {
    let part = read_value_with_max_depth(&mut bytes, DEPTH);
    let part = part.map_err(|error| ReadError::MessagePack(error.to_string()))?;
    if !bytes.is_empty() {
        return Err(ReadError::MessagePack("more than one value".to_owned()));
    }
    let Value::Object(mut map) = value(part) else {
        return Err(ReadError::MessagePack("no map".to_owned()));
    };
    let kind = map.get("type").and_then(Value::as_u64);
    let data = map.remove("data").filter(|data| !data.is_null());
    let id = match map.get("id") {
        None | Some(Value::Null) => None,
        Some(id) => Some(id.as_u64().ok_or(ReadError::Body("acknowledged"))?),
    };
    let kind = match kind {
        Some(0) => Kind::Connect(data),
        Some(1) => Kind::Disconnect,
        Some(2) => named(array(data, "event")?, id)?,
        Some(3) => Kind::Ack {
            id: id.ok_or(ReadError::Body("ack"))?,
            arguments: array(data, "ack")?,
        },
        Some(4) => Kind::Refused(data.unwrap_or_default()),
        _ => return Err(ReadError::Type("a map without its `type`".to_owned())),
    };
    let namespace = map.get("nsp").and_then(Value::as_str);
    Packet::new(namespace.ok_or(ReadError::Body("namespace"))?, kind)
}

fn array(data: Option<Value>, what: &'static str) -> Result<Vec<Value>, ReadError> {
    match data {
        Some(Value::Array(items)) => Ok(items),
        _ => Err(ReadError::Body(what)),
    }
}

/// Writes a packet.
///
/// # Errors
/// When the namespace is none, a `$binary` is not base64, or a bound is reached.
pub fn write(packet: Packet) -> Result<Vec<u8>, WriteError> {
    let namespace = packet.writable()?.to_owned();
    let (kind, id, data) = match packet.kind {
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
    let mut map = vec![(Part::from("type"), Part::from(kind))];
    if let Some(data) = data {
        map.push((Part::from("data"), part(data, 0)?));
    }
    map.push((Part::from("nsp"), Part::from(namespace)));
    if let Some(id) = id {
        map.push((Part::from("id"), Part::from(id)));
    }
    let mut bytes = Vec::new();
    // A vector takes every byte.
    let _ = rmpv::encode::write_value(&mut bytes, &Part::Map(map));
    Ok(bytes)
}

/// MessagePack as JSON. The reader has bounded its depth.
fn value(part: Part) -> Value {
    match part {
        Part::Nil => Value::Null,
        Part::Boolean(truth) => Value::Bool(truth),
        Part::Integer(integer) => number(integer),
        Part::F32(float) => Number::from_f64(f64::from(float)).into(),
        Part::F64(float) => Number::from_f64(float).into(),
        Part::String(text) => Value::String(lossy(&text)),
        Part::Binary(bytes) => binary::value_of(&bytes),
        Part::Array(items) => Value::Array(items.into_iter().map(value).collect()),
        Part::Map(entries) => Value::Object(entries.into_iter().map(entry).collect()),
        Part::Ext(0, bytes) if bytes == [0] => Value::Null,
        Part::Ext(kind, bytes) => {
            let mut object = Map::new();
            object.insert(EXTENSION.to_owned(), Value::from(kind));
            object.insert(binary::KEY.to_owned(), binary::encode(&bytes).into());
            Value::Object(object)
        }
    }
}

fn number(integer: Integer) -> Value {
    match (integer.as_u64(), integer.as_i64()) {
        (Some(number), _) => Value::from(number),
        (None, Some(number)) => Value::from(number),
        (None, None) => Value::Null,
    }
}

fn entry((key, part): (Part, Part)) -> (String, Value) {
    let key = match value(key) {
        Value::String(text) => text,
        other => other.to_string(),
    };
    (key, value(part))
}

fn lossy(text: &Utf8String) -> String {
    String::from_utf8_lossy(text.as_bytes()).into_owned()
}

/// JSON as MessagePack.
fn part(value: Value, depth: usize) -> Result<Part, WriteError> {
    within("the depth of arrays and objects", depth, DEPTH)?;
    Ok(match value {
        Value::Null => Part::Nil,
        Value::Bool(truth) => Part::Boolean(truth),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Part::from(number),
            (None, Some(number)) => Part::from(number),
            (None, None) => Part::F64(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Part::from(text),
        Value::Array(items) => {
            let parts = items.into_iter().map(|item| part(item, depth + 1));
            Part::Array(parts.collect::<Result<_, _>>()?)
        }
        Value::Object(object) => bytes(&object).unwrap_or_else(|| map(object, depth))?,
    })
}

/// Bytes or an extension, where the object stands for one.
fn bytes(object: &Map<String, Value>) -> Option<Result<Part, WriteError>> {
    if let Some(text) = binary::text_of(object) {
        return Some(binary::decode(text).map(Part::Binary).map_err(Into::into));
    }
    let (kind, text) = (object.get(EXTENSION)?, object.get(binary::KEY)?);
    let kind = i8::try_from(kind.as_i64()?).ok()?;
    let bytes = binary::decode(text.as_str()?);
    Some(
        bytes
            .map(|bytes| Part::Ext(kind, bytes))
            .map_err(Into::into),
    )
}

fn map(object: Map<String, Value>, depth: usize) -> Result<Part, WriteError> {
    let entries = object
        .into_iter()
        .map(|(key, value)| Ok((Part::from(key), part(value, depth + 1)?)));
    Ok(Part::Map(entries.collect::<Result<_, WriteError>>()?))
}
