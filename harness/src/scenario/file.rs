//! Reads and checks a scenario file. No network.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::content::Scenario;
use super::error::ScenarioError;
use super::{check, reading};
use crate::language::node;
use crate::language::wrong::Wrong;

/// Bytes a scenario file may have.
const MAX_FILE: u64 = 1 << 20;

/// Reads and checks a file.
pub(crate) fn read(path: &Path) -> Result<Scenario, ScenarioError> {
    let plain = |message: String, fix: &str| ScenarioError {
        message,
        path: path.to_owned(),
        line: None,
        fix: fix.to_owned(),
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
    let parsed = || {
        let text = str::from_utf8(bytes).map_err(|error| Wrong {
            line: Some(
                1 + bytes[..error.valid_up_to()]
                    .iter()
                    .filter(|byte| **byte == b'\n')
                    .count() as u64,
            ),
            message: "the file is not UTF-8".to_owned(),
            fix: "save it as UTF-8".to_owned(),
        })?;
        let scenario = reading::scenario(&node::read(text)?, path)?;
        check::check(&scenario)?;
        Ok(scenario)
    };
    parsed().map_err(|wrong| ScenarioError::of(path, wrong))
}
