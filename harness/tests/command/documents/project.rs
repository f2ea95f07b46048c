//! Where the project is, and the pages that it has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The front page and every page below `docs` and `examples`, by their paths from the root.
pub(super) fn pages() -> BTreeSet<String> {
    let mut folders = vec![root().join("docs"), root().join("examples")];
    let mut pages = BTreeSet::from(["README.md".to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                let page = path.strip_prefix(root()).expect("below the root");
                pages.insert(page.to_str().expect("text").to_owned());
            }
        }
    }
    pages
}
