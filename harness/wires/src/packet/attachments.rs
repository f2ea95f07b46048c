//! Attachments: bytes that travel beside a packet, whose JSON holds a placeholder for each of them.

use serde_json::{Map, Value, json};
use tokio_tungstenite::tungstenite::Bytes;

use super::{ReadError, WriteError};
use crate::binary;
use crate::bounds::{ATTACHMENTS, DEPTH, within};

/// Takes each `{"$binary": …}` out of the value and leaves a placeholder.
///
/// # Errors
/// When one is not base64, there are too many, or the value is too deep.
pub fn detach(value: &mut Value, attachments: &mut Vec<Bytes>) -> Result<(), WriteError> {
    detach_at(value, attachments, 0)
}

fn detach_at(
    value: &mut Value,
    attachments: &mut Vec<Bytes>,
    depth: usize,
) -> Result<(), WriteError> {
    within("the depth of arrays and objects", depth, DEPTH)?;
    match value {
        Value::Array(items) => {
            for item in items {
                detach_at(item, attachments, depth + 1)?;
            }
        }
        Value::Object(object) => {
            if let Some(text) = binary::text_of(object) {
                attachments.push(binary::decode(text)?.into());
                within("attachments", attachments.len(), ATTACHMENTS)?;
                *value = json!({"_placeholder": true, "num": attachments.len() - 1});
                return Ok(());
            }
            for item in object.values_mut() {
                detach_at(item, attachments, depth + 1)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Puts each attachment where its placeholder stands. An attachment goes to one place only, so that a packet cannot
/// make its data many times as long.
///
/// # Errors
/// When a placeholder names an attachment that is not there.
pub fn attach(value: &mut Value, attachments: &mut [Option<Bytes>]) -> Result<(), ReadError> {
    match value {
        Value::Array(items) => items
            .iter_mut()
            .try_for_each(|item| attach(item, attachments)),
        Value::Object(object) => {
            let Some(number) = placeholder(object) else {
                return object
                    .values_mut()
                    .try_for_each(|item| attach(item, attachments));
            };
            let place = usize::try_from(number)
                .ok()
                .and_then(|place| attachments.get_mut(place));
            let bytes = place.and_then(Option::take);
            let bytes = bytes.ok_or(ReadError::Attachment(number))?;
            *value = binary::value_of(&bytes);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The number in a placeholder.
fn placeholder(object: &Map<String, Value>) -> Option<u64> {
    if object.get("_placeholder")? != &Value::Bool(true) {
        return None;
    }
    // A number that is none names no attachment.
    Some(
        object
            .get("num")
            .and_then(Value::as_u64)
            .unwrap_or(u64::MAX),
    )
}
