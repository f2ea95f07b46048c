//! The scenario files under some paths.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Folders of scenario files that hold none.
const NO_SCENARIOS: [&str; 4] = ["contract", "targets", "faults", "rejected"];

/// The files named, and every `.yaml` in the folders named.
pub(crate) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            in_folder(path, &mut BTreeSet::new(), &mut files)?;
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// Adds the files in a folder. Links may lead back to a folder that was `visited`, by device and inode; without these
/// numbers, two links in a folder to itself double the work at each level.
fn in_folder(
    folder: &Path,
    visited: &mut BTreeSet<(u64, u64)>,
    files: &mut Vec<PathBuf>,
) -> Result<(), Failure> {
    let read = |error| {
        Failure::input(
            format!("cannot read the folder: {error}"),
            folder.display(),
            "name a folder that this user may read",
        )
    };
    let metadata = fs::metadata(folder).map_err(read)?;
    if !visited.insert((metadata.dev(), metadata.ino())) {
        return Ok(());
    }
    let mut inside = Vec::new();
    for entry in fs::read_dir(folder).map_err(read)? {
        inside.push(entry.map_err(read)?.path());
    }
    inside.sort();
    for path in inside {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.unwrap_or_default();
        if path.is_dir() {
            if !NO_SCENARIOS.contains(&name) {
                in_folder(&path, visited, files)?;
            }
        } else if Path::new(name)
            .extension()
            .is_some_and(|suffix| suffix == "yaml")
        {
            // A pipe would be waited for without end. What cannot be looked at is reported by whoever reads it.
            if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
                return Err(Failure::input(
                    "this is no regular file",
                    path.display(),
                    "take it out of the folder, or name the scenario files one by one",
                ));
            }
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_folder_that_links_to_itself_is_visited_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let scenario = folder.path().join("c.yaml");
        fs::write(&scenario, "").expect("written");
        for link in ["a", "b"] {
            symlink(".", folder.path().join(link)).expect("a link");
        }
        let found = files(&[folder.path().to_owned()]).expect("readable");
        assert_eq!(found, [scenario]);
    }

    #[test]
    fn what_is_no_regular_file_is_refused_unopened() {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("x.yaml");
        let _socket = UnixListener::bind(&socket).expect("a socket");
        let failure = files(&[folder.path().to_owned()]).expect_err("no file");
        let words = failure.to_string();
        assert!(
            words.contains("no regular file") && words.contains("x.yaml"),
            "{words}"
        );
    }
}
