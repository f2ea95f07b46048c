//! The JSON Schema of a scenario file, for editors. `check` knows more than it can say.

use serde_json::{Value, json};

use crate::language::schema_parts;
use crate::steps::STEPS;
use crate::steps::reading::StepKind;

/// The schema.
pub(crate) fn schema() -> Value {
    let steps = schema_parts::steps();
    let neighbour = schema_parts::map(
        &json!({ "before": steps, "meanwhile": steps }),
        &["meanwhile"],
    );
    let kinds = STEPS.iter();
    let one =
        |kind: &StepKind| schema_parts::map(&json!({ kind.name: (kind.schema)() }), &[kind.name]);
    let step = json!({ "oneOf": kinds.map(one).collect::<Value>() });
    let properties: Vec<&str> = evidence::PROPERTIES
        .iter()
        .map(|property| property.name)
        .collect();
    let rules: Vec<&str> = rules::all().map(|rule| rule.id).collect();
    let words: Vec<&str> = crate::needs::TRAITS.iter().map(|(word, _)| *word).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An airtight scenario",
        "type": "object",
        "required": ["scenario", "rules", "users", "steps", "expect"],
        "additionalProperties": false,
        "properties": {
            "scenario": { "type": "string", "minLength": 1, "description": "A sentence that says what the scenario shows." },
            "target": { "type": "string", "minLength": 1, "description": "The name of the one target that it is about. On any other, it is not applicable." },
            "needs": { "type": "array", "minItems": 1, "uniqueItems": true, "items": { "enum": words }, "description": "What a target must be like for it." },
            "rules": { "type": "array", "minItems": 1, "items": { "anyOf": [{ "enum": rules }, { "type": "string", "pattern": "^[A-Z]{3}[0-9]{2}$" }] } },
            "users": { "oneOf": [
                { "type": "integer", "minimum": 1, "maximum": 2000, "description": "The number of users: user1, user2, …" },
                { "type": "array", "minItems": 1, "uniqueItems": true, "items": { "type": "string", "minLength": 1, "maxLength": 200 } },
            ] },
            "steps": steps,
            "beside": {
                "type": "object",
                "minProperties": 1,
                "description": "Neighbours. The steps run again beside each of them, and `undisturbed` compares the runs.",
                "additionalProperties": neighbour,
            },
            "expect": { "type": "array", "minItems": 1, "items": { "enum": properties } },
        },
        "$defs": {
            "place": { "type": "string", "pattern": "^[^/]+(/[^/]+){0,2}$", "description": "USER, USER/DEVICE or USER/DEVICE/TAB. USER can also be stranger or everyone." },
            "steps": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/step" } },
            "step": step,
        },
    })
}
