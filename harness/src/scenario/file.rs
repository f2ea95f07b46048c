//! Reads and checks a scenario file. No network.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ::reading::secret;
use diagnostics::{Diagnostic, Place};

use super::content::Scenario;
use super::error::ScenarioError;
use super::{check, reading};
use ::reading::node;

/// Bytes a scenario file may have.
const MAX_FILE: u64 = 1 << 20;

/// Reads and checks a file.
pub(crate) fn read(path: &Path) -> Result<Scenario, ScenarioError> {
    let plain = |message: String, fix: &str| {
        ScenarioError::from(Diagnostic::new(message, Place::named(path.display()), fix))
    };
    let failed = |error: std::io::Error| {
        plain(
            format!("cannot read the scenario: {error}"),
            "name a file that this user may read",
        )
    };
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > MAX_FILE {
        return Err(plain(
            format!("the file has {size} bytes and may have {MAX_FILE}"),
            "split it into scenarios of one idea each",
        ));
    }
    // A device has no size and no end.
    let mut bytes = Vec::new();
    file.take(MAX_FILE)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    parse(path, &bytes)
}

/// Reads and checks the bytes of `path`.
pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Scenario, ScenarioError> {
    let file = path.display().to_string();
    let text = str::from_utf8(bytes).map_err(|error| {
        // What stands before it is as it is in the file, and in its place stands one sign.
        let (text, at) = (String::from_utf8_lossy(bytes), error.valid_up_to());
        let place = Place::span(&file, &text, at..at + 1);
        let diagnostic = Diagnostic::new("the file is not UTF-8", place, "save it as UTF-8");
        ScenarioError::from(secret::hidden_where(diagnostic, &text, secret::is_named_in))
    })?;
    let parsed = || {
        let node = node::read(text)?;
        let scenario = reading::scenario(&node, path)?;
        check::check(&scenario, &node)?;
        Ok(scenario)
    };
    parsed().map_err(|wrong| ScenarioError::of(&file, text, wrong))
}
