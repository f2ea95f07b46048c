//! The words of the JSON Schema that several steps use.

use serde_json::{Value, json};

/// A text that is not empty.
pub(crate) fn text() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

/// Texts by name.
pub(crate) fn texts() -> Value {
    json!({ "type": "object", "additionalProperties": { "type": "string" } })
}

pub(crate) fn expect() -> Value {
    json!({ "enum": ["granted", "refused"] })
}

/// The same, or nothing is claimed.
pub(crate) fn claim() -> Value {
    json!({ "enum": ["granted", "refused", "any"] })
}

pub(crate) fn via() -> Value {
    json!({ "enum": ["http", "socket"] })
}

/// One status, or several.
pub(crate) fn statuses() -> Value {
    one_or_several(100, 599)
}

/// One number in these bounds, or several.
pub(crate) fn one_or_several(least: u16, most: u16) -> Value {
    let number = json!({ "type": "integer", "minimum": least, "maximum": most });
    json!({ "oneOf": [number, { "type": "array", "items": number, "minItems": 1 }] })
}

pub(crate) fn time() -> Value {
    json!({ "type": "string", "pattern": duration::PATTERN })
}

/// A duration that needs an explanation.
pub(crate) fn time_that(description: &str) -> Value {
    json!({ "type": "string", "pattern": duration::PATTERN, "description": description })
}

pub(crate) fn place() -> Value {
    json!({ "$ref": "#/$defs/place" })
}

/// One step.
pub(crate) fn step() -> Value {
    json!({ "$ref": "#/$defs/step" })
}

/// A list of steps.
pub(crate) fn steps() -> Value {
    json!({ "$ref": "#/$defs/steps" })
}

/// A map with these names and no other.
pub(crate) fn map(properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// A place alone, or a map: the short form and the long one.
pub(crate) fn place_or(map: &Value) -> Value {
    json!({ "oneOf": [place(), map] })
}
