//! Standard output and standard error that cannot be written, or whose reader has gone.

use std::fs::{self, File};
use std::io::pipe;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::bench::text;

const SOUND: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../scenarios/isolation/own-log-lines.yaml"
);

/// Commands that print to standard output and run nothing.
const PRINTING: [&[&str]; 7] = [
    &["check", SOUND],
    &["completions", "bash"],
    &["explain"],
    &["explain", "ISO04"],
    &["properties"],
    &["schema", "scenario"],
    &["--help"],
];

/// Commands that fail with exit code 2, and say why on standard error.
const WRONG: [&[&str]; 4] = [
    &["explain", "ISO99"],
    &["recheck", "there-is-no-history"],
    &["check", "there-is-no-scenario"],
    &["no-such-command"],
];

fn airtight(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_airtight"));
    command.args(arguments);
    command
}

/// A device that takes no byte.
fn full() -> File {
    let file = File::options().write(true).open("/dev/full");
    file.expect("the device")
}

/// The end of a pipe that nobody reads.
fn unread() -> Stdio {
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

#[track_caller]
fn check(arguments: &[&str], output: &Output, code: i32) {
    let words = text(output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {words}");
    assert!(!words.contains("panicked"), "{arguments:?}: {words}");
}

#[test]
fn a_reader_that_has_gone_changes_no_exit_code() {
    for arguments in PRINTING {
        let output = airtight(arguments).stdout(unread()).output().expect("runs");
        check(arguments, &output, 0);
        assert_eq!(text(&output), "", "{arguments:?}");
    }
}

#[test]
fn an_output_that_takes_nothing_is_an_error() {
    for arguments in PRINTING {
        let output = airtight(arguments).stdout(full()).output().expect("runs");
        check(arguments, &output, 4);
        let words = text(&output);
        assert!(words.contains("standard output"), "{arguments:?}: {words}");
    }
}

#[test]
fn a_message_that_nobody_can_read_changes_no_exit_code() {
    for arguments in WRONG {
        for stderr in [full().into(), unread()] {
            let output = airtight(arguments).stderr(stderr).output().expect("runs");
            check(arguments, &output, 2);
        }
    }
}

#[test]
fn a_wrong_scenario_is_found_after_the_reader_has_gone() {
    let folder = TempDir::new().expect("a folder");
    let wrong = folder.path().join("wrong.yaml");
    fs::write(&wrong, "no scenario").expect("written");
    let wrong = wrong.to_str().expect("text");
    let arguments = ["check", SOUND, wrong, SOUND];
    let output = airtight(&arguments)
        .stdout(unread())
        .output()
        .expect("runs");
    check(&arguments, &output, 2);
}
