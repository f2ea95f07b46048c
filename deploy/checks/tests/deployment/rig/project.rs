//! What the project has for a machine, and what happens where there is none.

use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the project")
}

/// A program that the build left.
pub(crate) fn built(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a test's own path");
    own.ancestors().nth(2).expect("a target folder").join(name)
}

/// The build that may be deployed: without faults.
pub(super) fn deployable() -> PathBuf {
    built("../deploy/reference-server")
}

/// Where no machine can be had the test is undecided, and says so; in CI it fails.
pub(super) fn undecided(why: &str) {
    assert!(
        std::env::var_os("AIRTIGHT_CI").is_none(),
        "undecided: {why}"
    );
    eprintln!("undecided: {why}");
}
