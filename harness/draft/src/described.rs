//! Descriptions that a system has of itself: OpenAPI and AsyncAPI, read by pointers and not by their schemas, because
//! a description that breaks its standard somewhere still says the rest.

use serde_json::{Map, Value};

use crate::script::values::Arg;

pub(crate) mod openapi;

pub(crate) mod asyncapi;

/// How deep schemas are followed.
const DEPTH: usize = 6;
/// Properties of one schema.
const PROPERTIES: usize = 30;

/// Reads JSON or YAML.
pub(crate) fn read(text: &str) -> Option<Value> {
    serde_json::from_str(text)
        .ok()
        .or_else(|| reading::node::read(text).ok().map(|node| node.json()))
}

/// Follows a `$ref` inside of the description.
fn followed<'a>(whole: &'a Value, mut value: &'a Value) -> &'a Value {
    for _ in 0..DEPTH {
        let Some(to) = value
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|to| to.strip_prefix('#'))
        else {
            break;
        };
        let Some(next) = whole.pointer(to) else { break };
        value = next;
    }
    value
}

/// What a client sends for a schema, as a script would write it.
fn sent(whole: &Value, schema: &Value, name: &str, depth: usize) -> Arg {
    let schema = followed(whole, schema);
    let Some(depth) = depth.checked_sub(1) else {
        return Arg::Literal("null".to_owned());
    };
    if let Some(value) = schema.get("const").or_else(|| schema.pointer("/enum/0")) {
        return value.as_str().map_or_else(
            || Arg::Literal(value.to_string()),
            |text| Arg::Text(text.to_owned()),
        );
    }
    if let Some(first) = ["/anyOf/0", "/oneOf/0"]
        .iter()
        .find_map(|place| schema.pointer(place))
    {
        return sent(whole, first, name, depth);
    }
    let kind = schema
        .get("type")
        .and_then(|kind| kind.as_str().or_else(|| kind.get(0)?.as_str()));
    match kind {
        Some("integer" | "number") => Arg::Literal("1".to_owned()),
        Some("boolean") => Arg::Literal("false".to_owned()),
        Some("array") => Arg::List(Vec::new()),
        Some("string") => Arg::Named(name.to_owned()),
        _ => {
            let properties = properties(whole, schema, depth);
            match properties.is_empty() && kind.is_none() {
                true => Arg::Named(name.to_owned()),
                false => Arg::Object(properties),
            }
        }
    }
}

fn properties(whole: &Value, schema: &Value, depth: usize) -> Vec<(String, Arg)> {
    let parts = schema
        .get("allOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let parts = parts.map(|part| followed(whole, part)).chain([schema]);
    let mut all = Vec::new();
    for part in parts {
        let required: Vec<&str> = strings(part.get("required")).collect();
        for (name, property) in entries(part.get("properties")) {
            let needed = required.is_empty() || required.contains(&name.as_str());
            if needed && all.len() < PROPERTIES {
                all.push((name.clone(), sent(whole, property, name, depth)));
            }
        }
    }
    all
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
