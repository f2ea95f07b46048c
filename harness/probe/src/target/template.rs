//! The JSON bodies of a target file: placeholders in braces are filled in wherever they stand.

use serde_json::{Map, Value};

/// `json` with the kind and the parameters filled in.
pub(crate) fn with_action(json: &Value, kind: &str, parameters: &Map<String, Value>) -> Value {
    replaced(json, &|text| match text {
        "{parameters}" => Value::Object(parameters.clone()),
        text => Value::String(text.replace("{kind}", kind)),
    })
}

/// `json` with the action's id filled in. A text that is only `{id}` becomes the id as the target wrote it, which may
/// be a number.
pub(crate) fn with_id(json: &Value, id: &Value) -> Value {
    let written = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    replaced(json, &|text| match text {
        "{id}" => id.clone(),
        text => Value::String(text.replace("{id}", &written)),
    })
}

/// `json` with each text replaced. Field names stay.
fn replaced(json: &Value, text: &dyn Fn(&str) -> Value) -> Value {
    match json {
        Value::String(old) => text(old),
        Value::Array(items) => items.iter().map(|item| replaced(item, text)).collect(),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), replaced(value, text)))
                .collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_put_wherever_the_json_has_a_place_for_it() {
        let json = serde_json::json!({ "a": ["{id}", 1, { "b": "x{id}" }], "{id}": "c" });
        let filled = serde_json::json!({ "a": ["7", 1, { "b": "x7" }], "{id}": "c" });
        assert_eq!(with_id(&json, &Value::from("7")), filled);
        let numbers = serde_json::json!({ "a": [7, 1, { "b": "x7" }], "{id}": "c" });
        assert_eq!(with_id(&json, &Value::from(7)), numbers);
    }
}
