//! What the tests that start servers share: a folder of their own, the two programs, and the wait for
//! something that must come.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Held for writing by a test that listens to the clock, and for reading by any other. nextest runs each test in a
/// process of its own: there the groups of `.config/nextest.toml` do the same.
static MACHINE: RwLock<()> = RwLock::new(());

enum Turn {
    Alone(#[expect(dead_code, reason = "held, not read")] RwLockWriteGuard<'static, ()>),
    Beside(#[expect(dead_code, reason = "held, not read")] RwLockReadGuard<'static, ()>),
}

/// A folder of the test's own, and its turn on the machine.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    _turn: Turn,
}

impl Bench {
    /// For a test that listens to the clock: it has the machine to itself.
    pub(crate) fn new() -> Self {
        let alone = MACHINE.write().unwrap_or_else(PoisonError::into_inner);
        Self::with(Turn::Alone(alone))
    }

    /// For a test whose claims are the same on a busy machine: it runs beside others.
    pub(crate) fn beside_others() -> Self {
        let beside = MACHINE.read().unwrap_or_else(PoisonError::into_inner);
        Self::with(Turn::Beside(beside))
    }

    fn with(turn: Turn) -> Self {
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
            _turn: turn,
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

    /// Runs one scenario file to its end.
    pub(crate) fn run(&self, file: &Path) -> Output {
        let mut command = self.airtight();
        command.arg("run").arg(file).output().expect("runs")
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

/// The JSON Schema of a format, as the command prints it.
pub(crate) fn schema(format: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_airtight"))
        .args(["schema", format])
        .output()
        .expect("runs");
    String::from_utf8(output.stdout).expect("text")
}

/// Everything that a program wrote.
pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[track_caller]
pub(crate) fn wait_until(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        // What is waited for needs the processor more than this does.
        thread::sleep(Duration::from_millis(10));
    }
}
