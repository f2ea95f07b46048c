//! The smallest parts of the schema.

use serde_json::{Value, json};

/// With a description, where there is one.
fn described(mut schema: Value, description: &str) -> Value {
    if let Some(schema) = schema.as_object_mut()
        && !description.is_empty()
    {
        schema.insert("description".to_owned(), Value::from(description));
    }
    schema
}

/// A text that is not empty.
pub(super) fn text(description: &str) -> Value {
    described(json!({ "type": "string", "minLength": 1 }), description)
}

/// A length of time.
pub(super) fn time(description: &str) -> Value {
    let schema = json!({ "type": "string", "pattern": duration::PATTERN });
    described(schema, description)
}

/// A number, true, false or a text.
pub(super) fn scalar() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

pub(super) fn flag(description: &str) -> Value {
    described(json!({ "type": "boolean" }), description)
}

pub(super) fn number(least: u64, most: u64) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most })
}

/// One, or a list of them.
pub(super) fn one_or_several(one: &Value) -> Value {
    json!({ "anyOf": [one, { "type": "array", "items": one }] })
}

pub(super) fn one_or_several_texts(description: &str) -> Value {
    described(one_or_several(&text("")), description)
}

/// The word `none`, or this.
pub(super) fn none_or(other: &Value) -> Value {
    json!({ "anyOf": [{ "const": "none" }, other] })
}

/// A map with these names and no other.
pub(super) fn named(properties: &Value, required: &[&str], description: &str) -> Value {
    let schema = json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    described(schema, description)
}

/// A map of any names.
pub(super) fn map_of(value: &Value, description: &str) -> Value {
    let schema = json!({ "type": "object", "additionalProperties": value });
    described(schema, description)
}

/// Names and values of a query, a form or headers.
pub(super) fn pairs(description: &str) -> Value {
    let value = json!({ "type": ["string", "number", "boolean", "null"] });
    map_of(&value, description)
}

/// One of the `$defs`.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

pub(super) fn place() -> Value {
    reference("place")
}

pub(super) fn predicate() -> Value {
    reference("predicate")
}

pub(super) fn step() -> Value {
    reference("step")
}

/// One step or a list of them.
pub(super) fn steps(description: &str) -> Value {
    described(reference("steps"), description)
}
