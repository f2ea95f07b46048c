//! Snapshots that are the same on every machine.

use std::path::{Path, PathBuf};

use insta::Settings;

/// Columns of the terminal that help is made for.
pub(super) const WIDTH: usize = 100;

/// Where the fixed histories are, and how a snapshot names that folder.
const HISTORIES: [&str; 2] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/histories"),
    "airtight-history/7",
];

/// A history with this name.
pub(super) fn history(name: &str) -> PathBuf {
    Path::new(HISTORIES[0]).join(name).with_extension("jsonl")
}

/// Holds a text against the snapshot with this name.
#[track_caller]
pub(super) fn snapshot(name: &str, text: &str) {
    let mut settings = Settings::new();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let [folder, shown] = HISTORIES;
    settings.add_filter(&regex::escape(folder), shown);
    let version = regex::escape(env!("CARGO_PKG_VERSION"));
    settings.add_filter(&format!(r"\b{version}\b"), "VERSION");
    // Colours, so that a reviewer sees them.
    settings.add_filter("\u{1b}", "␛");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// What a function writes.
pub(super) fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("memory takes everything");
    String::from_utf8(out).expect("text")
}
