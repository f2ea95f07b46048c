//! A user's own log lines, for sessions that have turned live logs on. They are written nowhere else.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) timestamp: String,
    pub(crate) level: &'static str,
    pub(crate) file_line: &'static str,
    pub(crate) message: String,
}

impl Line {
    pub(crate) fn new(level: &'static str, file_line: &'static str, message: String) -> Self {
        let timestamp = OffsetDateTime::now_utc()
            .format(&Rfc3339)
            .unwrap_or_default();
        Self {
            timestamp,
            level,
            file_line,
            message,
        }
    }
}

/// The payload of `log_update`.
pub(crate) fn payload(lines: &[Line]) -> Value {
    let entries: Vec<Value> = lines
        .iter()
        .map(|line| {
            json!({
                "timestamp": line.timestamp,
                "level": line.level,
                "file_line": line.file_line,
                "message": line.message,
            })
        })
        .collect();
    json!({ "files": [{ "name": "actions", "entries": entries }] })
}
