//! The JSON Schema of a scenario file, for editors. `check` knows more than it can say.

use serde_json::{Value, json};

/// The schema.
pub(crate) fn schema() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let texts = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let expect = json!({ "enum": ["granted", "refused"] });
    let via = json!({ "enum": ["http", "socket"] });
    let status = json!({ "type": "integer", "minimum": 100, "maximum": 599 });
    let statuses =
        json!({ "oneOf": [status, { "type": "array", "items": status, "minItems": 1 }] });
    let time = json!({ "type": "string", "pattern": "^[0-9]+(ms|s|m)$" });
    let place = json!({ "$ref": "#/$defs/place" });
    let steps = json!({ "$ref": "#/$defs/steps" });
    let map = |properties: Value, required: &[&str]| json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    let one = |name: &str, value: Value| map(json!({ name: value }), &[name]);
    let methods = json!({ "as": place, "headers": texts, "json": true, "form": texts, "expect": statuses, "contains": text, "lacks": text, "get": text, "post": text, "put": text, "patch": text, "delete": text });
    let start = json!({ "type": "object", "required": ["as", "action"], "properties": { "as": place, "action": text, "name": text, "via": via, "expect": expect, "marker": { "const": "none" } } });
    let step = json!({ "oneOf": [
        one("login", json!({ "oneOf": [place, map(json!({ "as": place, "in": place }), &["as", "in"])] })),
        one("logout", place.clone()),
        one("open", json!({ "oneOf": [place, map(json!({ "at": place, "transport": { "enum": ["websocket", "polling"] }, "headers": texts, "expect": expect }), &["at"])] })),
        one("close", place.clone()),
        one("cut", place.clone()),
        one("stall", place.clone()),
        one("resume", place.clone()),
        one("start", start),
        one("stop", map(json!({ "as": place, "action": text, "via": via, "expect": expect }), &["as", "action"])),
        one("emit", map(json!({ "as": place, "event": text, "data": true, "expect": expect }), &["as", "event"])),
        one("http", map(methods, &["as"])),
        one("upload", map(json!({ "as": place, "bytes": { "type": "integer", "minimum": 0, "maximum": 209_715_200 }, "expect": statuses }), &["as", "bytes"])),
        one("restart", json!({ "const": "server" })),
        one("log", map(json!({ "lacks": { "const": "secrets" } }), &["lacks"])),
        one("await", map(json!({ "at": place, "event": text, "within": { "type": "string", "pattern": "^[0-9]+(ms|s|m)$", "description": "Patience: missed, it is undecided." }, "at most": { "type": "string", "pattern": "^[0-9]+(ms|s|m)$", "description": "A promise: missed while the harness was ready, it is violated." }, "count": { "type": "integer", "minimum": 1, "maximum": 1_000_000 }, "of": text }), &["at", "event"])),
        one("quiet", map(json!({ "at": place, "for": time, "event": text }), &["at", "for"])),
        one("last", map(json!({ "at": place, "event": text, "among": { "type": "array", "items": text, "minItems": 2 }, "quiet": time }), &["at", "event", "among", "quiet"])),
        one("repeat", map(json!({ "times": { "type": "integer", "minimum": 1, "maximum": 10_000 }, "steps": steps }), &["times", "steps"])),
        one("together", json!({ "type": "array", "items": { "$ref": "#/$defs/step" }, "minItems": 2 })),
    ] });
    let neighbour = map(
        json!({ "before": steps, "meanwhile": steps }),
        &["meanwhile"],
    );
    let properties: Vec<&str> = evidence::PROPERTIES
        .iter()
        .map(|property| property.name)
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An airtight scenario",
        "type": "object",
        "required": ["scenario", "rules", "users", "steps", "expect"],
        "additionalProperties": false,
        "properties": {
            "scenario": { "type": "string", "minLength": 1, "description": "What is shown, as a sentence." },
            "rules": { "type": "array", "minItems": 1, "items": { "type": "string", "pattern": "^[A-Z]{3}[0-9]{2}$" } },
            "users": { "oneOf": [
                { "type": "integer", "minimum": 1, "maximum": 2000, "description": "So many: user1, user2, …" },
                { "type": "array", "minItems": 1, "uniqueItems": true, "items": { "type": "string", "minLength": 1, "maxLength": 200 } },
            ] },
            "steps": steps,
            "beside": {
                "type": "object",
                "minProperties": 1,
                "description": "Neighbours beside whom the steps are run again; `undisturbed` compares.",
                "additionalProperties": neighbour,
            },
            "expect": { "type": "array", "minItems": 1, "items": { "enum": properties } },
        },
        "$defs": {
            "place": { "type": "string", "pattern": "^[^/]+(/[^/]+){0,2}$", "description": "USER, USER/DEVICE or USER/DEVICE/TAB; stranger and everyone are users too." },
            "steps": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/step" } },
            "step": step,
        },
    })
}
