//! A system under test on this machine, started and ended by the harness as the target file says.
//!
//! It gets a folder of its own, throwaway users and a free port. It is ended by its own pid, also when
//! the run fails, panics or is interrupted.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use evidence::UserName;
use probe::target::Start;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use thiserror::Error;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it has to end by itself.
const GRACE: Duration = Duration::from_secs(8);

/// Why it does not run.
#[derive(Debug, Error)]
pub(crate) enum LocalError {
    #[error("cannot find the program `{0}`")]
    Program(String),
    #[error("cannot {what}: {source}")]
    System {
        what: &'static str,
        source: io::Error,
    },
    #[error("`{program}` said no: {words}")]
    Refused { program: String, words: String },
    #[error("`{program}` was not ready in time: {words}")]
    NotReady { program: String, words: String },
}

impl LocalError {
    pub(crate) const fn fix(&self) -> &'static str {
        match self {
            Self::Program(_) => {
                "build it with `make verify`, or name a running system with --target and --url"
            }
            Self::System { .. } => "free some memory, files or space and try again",
            Self::Refused { .. } | Self::NotReady { .. } => {
                "read what it said, and mend `start` in the target file"
            }
        }
    }
}

/// A system that runs until this is dropped.
pub(crate) struct Local {
    start: Start,
    program: PathBuf,
    folder: TempDir,
    environment: BTreeMap<String, String>,
    fault: Option<String>,
    child: Option<Child>,
    address: String,
}

impl Local {
    /// Adds the users and starts it.
    pub(crate) fn start(
        start: &Start,
        fault: Option<&str>,
        passwords: &BTreeMap<UserName, String>,
    ) -> Result<Self, LocalError> {
        let folder = tempfile::Builder::new()
            .prefix("airtight-")
            .tempdir()
            .map_err(|source| LocalError::System {
                what: "make a folder",
                source,
            })?;
        let random = format!(
            "{:032x}{:032x}",
            rand::random::<u128>(),
            rand::random::<u128>()
        );
        let fill = |text: &String| {
            text.replace("{folder}", &folder.path().to_string_lossy())
                .replace("{random}", &random)
        };
        let environment = start
            .environment
            .iter()
            .map(|(name, value)| (name.clone(), fill(value)))
            .collect();
        let mut local = Self {
            program: find(&start.program)?,
            start: start.clone(),
            folder,
            environment,
            fault: fault.map(str::to_owned),
            child: None,
            address: String::new(),
        };
        local.add_users(passwords)?;
        local.launch("0")?;
        Ok(local)
    }

    /// Its base address.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Ends it and starts it again at the same address.
    pub(crate) fn restart(&mut self) -> Result<(), LocalError> {
        self.end();
        let port = self
            .address
            .rsplit(':')
            .next()
            .unwrap_or("0")
            .trim_end_matches('/')
            .to_owned();
        self.launch(&port)
    }

    /// What it wrote to its standard error, and into files in the folder `logs`.
    pub(crate) fn log(&self) -> String {
        let files = fs::read_dir(self.folder.path().join("logs"));
        let files = files.into_iter().flatten().flatten();
        let all = std::iter::once(self.log_file()).chain(files.map(|file| file.path()));
        all.filter_map(|file| fs::read_to_string(file).ok())
            .collect()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    fn command(&self, port: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(self.folder.path());
        let filled = self
            .environment
            .iter()
            .map(|(name, value)| (name, value.replace("{port}", port)));
        command.env_clear().envs(filled);
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command
    }

    fn add_users(&self, passwords: &BTreeMap<UserName, String>) -> Result<(), LocalError> {
        let failed = |source| LocalError::System {
            what: "add users",
            source,
        };
        let mut command = self.command("0");
        command
            .args(&self.start.add_users)
            .arg("--")
            .args(passwords.keys().map(UserName::as_str));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        if let Some(mut input) = child.stdin.take() {
            let lines: String = passwords
                .values()
                .map(|password| format!("{password}\n"))
                .collect();
            // A program that refuses the names may not read on; it says so itself.
            let _ = input.write_all(lines.as_bytes());
        }
        let ended = child.wait_with_output().map_err(failed)?;
        if ended.status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
        Err(LocalError::Refused {
            program: self.start.program.clone(),
            words,
        })
    }

    fn launch(&mut self, port: &str) -> Result<(), LocalError> {
        let failed = |what| move |source| LocalError::System { what, source };
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .map_err(failed("open the log"))?;
        let fault = self.fault.iter().flat_map(|fault| {
            self.start
                .fault
                .iter()
                .map(move |word| word.replace("{fault}", fault))
        });
        let mut command = self.command(port);
        command.args(&self.start.arguments).args(fault);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(failed("start it"))?;
        let out = child.stdout.take();
        self.child = Some(child);
        let (ready, said) = mpsc::channel();
        let line_start = self.start.ready_line.clone();
        thread::spawn(move || {
            for line in out.into_iter().flat_map(|out| BufReader::new(out).lines()) {
                let Ok(line) = line else { return };
                if let Some(address) = line.strip_prefix(&line_start) {
                    // Later lines are read only so that the pipe does not fill.
                    let _ = ready.send(address.trim().to_owned());
                }
            }
        });
        match said.recv_timeout(PATIENCE) {
            Ok(address) => {
                self.address = address;
                Ok(())
            }
            Err(_) => {
                self.end();
                Err(LocalError::NotReady {
                    program: self.start.program.clone(),
                    words: self.log().trim().to_owned(),
                })
            }
        }
    }

    fn end(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        let pid = Pid::from_raw(child.id().cast_signed());
        // Each of these fails only when it has ended already.
        let _ = pid.map(|pid| kill_process(pid, Signal::TERM));
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.end();
    }
}

/// Beside this program, and then on the PATH.
pub(crate) fn find(program: &str) -> Result<PathBuf, LocalError> {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|own| own.parent().map(Path::to_owned));
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A test's binary stands one folder below the programs.
    let above = beside
        .as_ref()
        .and_then(|folder| folder.parent().map(Path::to_owned));
    let folders = beside
        .into_iter()
        .chain(above)
        .chain(std::env::split_paths(&path));
    let found = folders
        .map(|folder| folder.join(program))
        .find(|file| file.is_file());
    found.ok_or_else(|| LocalError::Program(program.to_owned()))
}
