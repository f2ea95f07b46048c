//! The JSON Schemas of what is written: reports, and the lines of a history.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::history::Report;
use super::suite::Suite;

/// The schema of a report: of many scenarios, or of one history that was judged again.
pub(crate) fn report() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An airtight report",
        "oneOf": [
            embedded(&written::<Suite>(), "report:suite"),
            embedded(&written::<Report>(), "report:history"),
        ],
    })
}

/// The schema of a line that is one of two things.
pub(crate) fn either_line(header: &Schema, observation: &Schema) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One line of an airtight history",
        "description": "The first line is the header, every other one an observation.",
        "oneOf": [embedded(header, "history:header"), embedded(observation, "history:observation")],
    })
}

/// The schema of what is written: what may be left out is not asked for.
pub(crate) fn written<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>()
}

/// `schema` with an id of its own, so that its references stay inside it.
fn embedded(schema: &Schema, name: &str) -> Value {
    let mut value = schema.clone().to_value();
    if let Some(object) = value.as_object_mut() {
        object.remove("$schema");
        object.insert("$id".to_owned(), json!(format!("urn:airtight:{name}")));
    }
    value
}
