//! What the tests that start servers share: a folder of their own, the two programs, and the wait for
//! something that must come.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

static ALONE: Mutex<()> = Mutex::new(());

/// A folder of the test's own, and the machine to itself.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let server = Path::new(env!("CARGO_BIN_EXE_airtight")).with_file_name("reference-server");
        let can_leak = || {
            let output = Command::new(&server)
                .args(["serve", "--fault", "ISO04"])
                .env_clear()
                .output();
            output.is_ok_and(|output| {
                !String::from_utf8_lossy(&output.stderr).contains("cannot open faults")
            })
        };
        if !can_leak() {
            let mut build = Command::new(env!("CARGO"));
            build.args([
                "build",
                "--locked",
                "--quiet",
                "--workspace",
                "--bins",
                "--features",
                "reference-server/faults",
            ]);
            assert!(
                build.status().expect("cargo runs").success() && can_leak(),
                "a server with faults is needed"
            );
        }
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            _alone: alone,
        }
    }

    pub(crate) fn airtight(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_airtight"));
        // Everything that the harness makes goes into the test's own folder.
        command
            .current_dir(self.folder.path())
            .env("TMPDIR", self.folder.path());
        command
    }

    /// The harness makes a folder for each server and removes it when the server is gone.
    pub(crate) fn left_behind(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path())
            .expect("the folder")
            .map(|entry| entry.expect("an entry").path());
        entries
            .filter(|path| {
                path.file_name().is_some_and(|name| {
                    name.to_string_lossy().starts_with("airtight-") && name != "airtight-history"
                })
            })
            .collect()
    }
}

pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[track_caller]
pub(crate) fn wait_until(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < deadline, "{what}");
        thread::yield_now();
    }
}
