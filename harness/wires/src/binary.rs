//! Binary data inside JSON: `{"$binary": "…"}` with standard base64. A place can reach it, and a search of base64 finds
//! what is in it. The same form, when it is sent, becomes an attachment.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};
use thiserror::Error;

/// The only key of the object.
pub const KEY: &str = "$binary";

/// Writes padding, and reads base64 with padding or without it: some servers leave it away.
const STANDARD: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A text where base64 has to stand is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not base64")]
pub struct NotBase64;

/// Standard base64.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads standard base64.
///
/// # Errors
/// When it is none.
pub fn decode(text: &str) -> Result<Vec<u8>, NotBase64> {
    STANDARD.decode(text).map_err(|_| NotBase64)
}

/// The object that stands for these bytes.
#[must_use]
pub fn value_of(bytes: &[u8]) -> Value {
    let mut object = Map::new();
    object.insert(KEY.to_owned(), Value::String(encode(bytes)));
    Value::Object(object)
}

/// The base64 in an object that stands for bytes; nothing for every other value.
#[must_use]
pub fn text_of(object: &Map<String, Value>) -> Option<&str> {
    if object.len() != 1 {
        return None;
    }
    object.get(KEY)?.as_str()
}
