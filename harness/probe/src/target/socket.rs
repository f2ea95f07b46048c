//! The Socket.IO part of a target file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The Socket.IO side.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SocketPart {
    /// The path, as `/socket.io/`.
    pub path: String,
    /// The event after which the handlers stand, with `{"seq": n}`; none: after the connect.
    #[serde(default)]
    pub ready: Option<String>,
    /// Whether an event's second argument is `{"seq": n, …}`.
    #[serde(default)]
    pub numbered: bool,
    /// The event that asks for what was missed, with `{"last_seq": n}`.
    #[serde(default)]
    pub resume: Option<String>,
    /// The event that starts an action.
    #[serde(default)]
    pub start: Option<String>,
    /// The event that stops one.
    #[serde(default)]
    pub stop: Option<String>,
    /// The JSON pointer of what an acknowledgement has that says no.
    #[serde(default = "error")]
    pub refused: String,
}

fn error() -> String {
    "/error".to_owned()
}

impl SocketPart {
    /// Whether the target did what was asked, by its acknowledgement.
    #[must_use]
    pub fn grants(&self, answer: &Value) -> bool {
        answer.pointer(&self.refused).is_none()
    }
}
