//! The scenario files under some paths.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Folders of scenario files that hold none.
const NO_SCENARIOS: [&str; 4] = ["contract", "targets", "faults", "rejected"];

/// The files named, and every `.yaml` in the folders named.
pub(crate) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let read = |error| {
            Failure::input(
                format!("cannot read the folder: {error}"),
                path.display(),
                "name a folder that this user may read",
            )
        };
        let mut inside = Vec::new();
        for entry in fs::read_dir(path).map_err(read)? {
            inside.push(entry.map_err(read)?.path());
        }
        inside.retain(|path| {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if path.is_dir() {
                !NO_SCENARIOS.contains(&name)
            } else {
                Path::new(name)
                    .extension()
                    .is_some_and(|suffix| suffix == "yaml")
            }
        });
        inside.sort();
        if !inside.is_empty() {
            files.extend(self::files(&inside)?);
        }
    }
    Ok(files)
}
