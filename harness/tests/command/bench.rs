//! A bench for tests that start servers: a folder of their own, the two programs, and the wait for something that
//! must happen.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A test that depends on time holds it for writing, any other test for reading. nextest runs each test in a process of
/// its own. There the groups of `.config/nextest.toml` do the same.
static MACHINE: RwLock<()> = RwLock::new(());

enum Turn {
    Alone(#[expect(dead_code, reason = "held, not read")] RwLockWriteGuard<'static, ()>),
    Beside(#[expect(dead_code, reason = "held, not read")] RwLockReadGuard<'static, ()>),
}

/// The test's own folder, and its turn on the machine.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    _turn: Turn,
}

impl Bench {
    /// For a test that depends on time: it has the machine to itself.
    pub(crate) fn new() -> Self {
        let alone = MACHINE.write().unwrap_or_else(PoisonError::into_inner);
        Self::with(Turn::Alone(alone))
    }

    /// For a test that passes on a busy machine too: it runs beside others.
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
        // All files of the harness go into the test's own folder.
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

    /// The folders of servers that are left. The harness makes one for each server and removes it with the server.
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
        // The other side needs the processor more than this loop does.
        thread::sleep(Duration::from_millis(10));
    }
}
