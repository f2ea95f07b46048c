//! A request in the target file, and whether a path matches it.

use evidence::ActionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: String,
    /// The path. It may contain `{id}`.
    pub path: String,
    /// The JSON body, if there is one; `"{kind}"` and `"{parameters}"` are filled in.
    #[serde(default)]
    #[schemars(with = "Option<Value>")]
    pub json: Option<Value>,
    /// The status that means success.
    pub granted: u16,
    /// The JSON pointer to the new action's id in the answer.
    #[serde(default)]
    pub id: Option<String>,
}

impl Call {
    /// Finds the new action's id in an answer.
    #[must_use]
    pub fn id_in(&self, answer: &Value) -> Option<ActionId> {
        match answer.pointer(self.id.as_deref()?)? {
            Value::String(id) => Some(ActionId::from(id.as_str())),
            Value::Number(id) => Some(ActionId::from(id.to_string().as_str())),
            _ => None,
        }
    }
}

/// Whether `path` matches `template`, with some text that has no `/` in place of `{id}`.
pub(super) fn fits(template: &str, path: &str) -> bool {
    let template = template.split('?').next().unwrap_or_default();
    match template.split_once("{id}") {
        None => template == path,
        Some((before, after)) => path
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|id| !id.is_empty() && !id.contains('/')),
    }
}
