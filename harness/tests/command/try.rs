//! `airtight try` on a target that it starts itself.

use std::fs;
use std::process::{Command, Stdio};

use crate::bench::text;
use crate::cases::{cases, has_packages};

#[track_caller]
fn check(name: &str, arguments: &[&str], code: i32, says: &str) {
    if !has_packages() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_airtight"))
        .env("TMPDIR", folder.path())
        .env_remove("AIRTIGHT_PASSWORDS")
        .stdin(Stdio::null())
        .current_dir(cases().join(name))
        .args(["try", "--target", "target.yaml", "--idle", "1s"])
        .args(arguments)
        .output()
        .expect("runs");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(code), "{name}: {said}");
    assert!(said.contains(says), "{name}: {said}");
    let left = fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(left, 0, "{name} leaves something behind");
}

#[test]
fn a_target_is_started_as_its_file_says() {
    check("list-only", &[], 0, "http://127.0.0.1:");
}

#[test]
fn where_nobody_logs_in_anybody_will_do() {
    let users = ["--user", "zoe", "--user", "yan"];
    check("guests", &users, 0, "zoe/desktop/1: open");
    check("guests", &[], 0, "alice/desktop/1: open");
}

#[test]
fn a_user_without_a_password_is_named() {
    let users = ["--user", "alice", "--user", "zoe"];
    check("list-only", &users, 2, "there is no password for `zoe`");
}
