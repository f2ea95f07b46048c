//! The Socket.IO part of a target file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The Socket.IO server.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SocketPart {
    /// The path, such as `/socket.io/`.
    pub path: String,
    /// The event, with `{"seq": n}`, after which the server delivers events. Without it, that is Socket.IO's connect.
    #[serde(default)]
    pub ready: Option<String>,
    /// Whether an event's second argument is `{"seq": n, …}`.
    #[serde(default)]
    pub numbered: bool,
    /// The event that asks for missed events, with `{"last_seq": n}`.
    #[serde(default)]
    pub resume: Option<String>,
    /// The event that starts an action.
    #[serde(default)]
    pub start: Option<String>,
    /// The event that stops an action.
    #[serde(default)]
    pub stop: Option<String>,
    /// The JSON pointer to a value that only the acknowledgement of a refusal has.
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
