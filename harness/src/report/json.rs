//! Reports as JSON.

use std::io;

use serde::Serialize;

/// JSON for people too.
pub(super) fn json_text(report: &impl Serialize) -> io::Result<String> {
    let text = serde_json::to_string_pretty(report).map_err(io::Error::other)?;
    Ok(text + "\n")
}
