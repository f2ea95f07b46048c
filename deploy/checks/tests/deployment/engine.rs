//! `ci/engine` with a fake engine: the daemon that it leaves running holds nothing that belongs to its caller.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::rig::root;

/// Succeeds once its daemon has started.
const CLIENT: &str = "#!/bin/sh\n[ -e \"$TMPDIR/there\" ]\n";
/// Runs until it is told to end.
const DAEMON: &str = "#!/bin/bash\n\
    for last; do :; done; echo $$ >\"${2:-$last}\"; : >\"$TMPDIR/there\"\n\
    mkfifo \"$TMPDIR/never\"; exec 8<>\"$TMPDIR/never\"; trap 'exit 0' TERM; while :; do read -rt 1 <&8; done\n";

fn program(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    fs::write(&file, text).expect("written");
    fs::set_permissions(&file, Permissions::from_mode(0o755)).expect("a program");
}

/// The exit code of this line of shell, run beside the two programs.
fn shell(folder: &Path, line: &str) -> Option<i32> {
    let path = std::env::var("PATH").expect("a path");
    let mut shell = Command::new("bash");
    shell.args(["-c", line]).current_dir(root());
    shell.env("PATH", format!("{}:{path}", folder.display()));
    shell
        .env("TMPDIR", folder)
        .status()
        .expect("bash runs")
        .code()
}

#[test]
fn the_daemon_does_not_keep_its_callers_lock() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    program(folder, "docker", CLIENT);
    program(folder, "dockerd", DAEMON);
    let started = shell(
        folder,
        "exec 9>\"$TMPDIR/lock\"; flock 9; ci/engine >\"$TMPDIR/said\" 2>&1",
    );
    let lock = File::open(folder.join("lock")).expect("the lock");
    let is_free = lock.try_lock().is_ok();
    let stopped = shell(folder, "ci/engine --stop >>\"$TMPDIR/said\" 2>&1");
    let said = fs::read_to_string(folder.join("said")).expect("text");
    // Only root starts an engine.
    if !said.contains("this user cannot start one") {
        assert_eq!((started, stopped), (Some(0), Some(0)), "{said}");
    }
    assert!(is_free, "the daemon holds its caller's lock: {said}");
}
