//! What the project has built for a machine, and what a test does if it cannot have one.

use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the project")
}

/// A program that the build made.
pub(crate) fn built(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a test's own path");
    own.ancestors().nth(2).expect("a target folder").join(name)
}

/// The build that may be deployed: without faults.
pub(super) fn deployable() -> PathBuf {
    built("../deploy/reference-server")
}

/// Reports that a test is undecided because there is no machine. In CI it fails instead.
pub(super) fn undecided(why: &str) {
    assert!(
        std::env::var_os("AIRTIGHT_CI").is_none(),
        "undecided: {why}"
    );
    eprintln!("undecided: {why}");
}
