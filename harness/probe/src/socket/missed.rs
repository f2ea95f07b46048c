//! What a session missed while it had no connection: the answer to the event that asks for it.

use serde_json::Value;

use super::inbox::{Inbox, UNREADABLE};
use super::stamp::Stamp;
use crate::recording::RecorderError;

/// Records each event of the answer as if it had just arrived.
pub(super) fn record(answer: &Value, inbox: &Inbox) -> Result<(), RecorderError> {
    let missed = answer.get("missed").and_then(Value::as_array);
    for entry in missed.into_iter().flatten() {
        let items = entry.as_array().map_or(&[][..], Vec::as_slice);
        let name = items.first().and_then(Value::as_str).unwrap_or(UNREADABLE);
        // It waited for this connection, so the time on its way says nothing about the target's speed.
        let stamp = Stamp {
            queued_at: None,
            ..items.get(1..).map(Stamp::of).unwrap_or_default()
        };
        inbox.take_event(name.to_owned(), stamp, format!("42{entry}"))?;
    }
    Ok(())
}
