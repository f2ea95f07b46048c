//! `airtight migrate`: an old target file is written anew, to the screen or in its place, and is never lost.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn old() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("targets/tests/old/notes.yaml");
    fs::read_to_string(file).expect("the old file")
}

fn migrate(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_airtight"))
        .current_dir(folder.path())
        .arg("migrate")
        .args(arguments)
        .output()
        .expect("airtight runs")
}

fn told(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn an_old_file_is_written_to_the_screen_or_in_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.yaml");
    fs::write(&file, old()).expect("written");
    let new = targets::migrated("mine.yaml", &old()).expect("a new file");

    let shown = migrate(&folder, &["mine.yaml"]);
    assert_eq!(
        (shown.status.code(), told(&shown.stdout)),
        (Some(0), new.clone())
    );
    assert_eq!(fs::read_to_string(&file).expect("text"), old());

    let written = migrate(&folder, &["mine.yaml", "--write"]);
    assert_eq!(written.status.code(), Some(0));
    assert_eq!(fs::read_to_string(&file).expect("text"), new);
    let kept = folder.path().join("mine.yaml.old");
    assert_eq!(fs::read_to_string(&kept).expect("text"), old());

    // What is new already stays as it is.
    let again = migrate(&folder, &["mine.yaml", "--write"]);
    assert_eq!(again.status.code(), Some(2), "{}", told(&again.stderr));
    assert_eq!(fs::read_to_string(&file).expect("text"), new);

    // The only copy of an older file is not replaced.
    fs::write(&file, old().replace("notes", "others")).expect("written");
    let kept_before = migrate(&folder, &["mine.yaml", "--write"]);
    assert_eq!(kept_before.status.code(), Some(2));
    let told = told(&kept_before.stderr);
    assert!(told.contains("mine.yaml.old"), "{told}");
    assert_eq!(fs::read_to_string(&kept).expect("text"), old());
}

#[test]
fn a_file_that_is_not_there_is_wrong_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = migrate(&folder, &["nowhere.yaml"]);
    assert_eq!(missing.status.code(), Some(2));
}
