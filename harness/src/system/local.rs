//! A system under test on this machine, started and ended by the harness as the target file says.
//!
//! It gets a folder of its own, throwaway users and a free port. It is ended by its own pid, also when
//! the run fails, panics or is interrupted.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use evidence::UserName;
use probe::target::Start;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use thiserror::Error;

use super::process::{LINE, each_line, ended_within, last_words};
use super::program::{NoProgram, find};

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it has to end by itself.
const GRACE: Duration = Duration::from_secs(8);
/// How long adding the users may take; a thousand hashes on a busy machine are some seconds.
const ADDING: Duration = Duration::from_mins(1);

/// Why it does not run.
#[derive(Debug, Error)]
pub(crate) enum LocalError {
    #[error(transparent)]
    Program(#[from] NoProgram),
    #[error("cannot {what}: {source}")]
    System {
        what: &'static str,
        source: io::Error,
    },
    #[error("`{program}` refused: {words}")]
    Refused { program: String, words: String },
    #[error(
        "`{program}` printed no line that begins with `{ready_line}` {}; its last words: {words}",
        if *.ended { "before it ended".to_owned() } else { format!("within {} s", PATIENCE.as_secs()) }
    )]
    NotReady {
        program: String,
        ready_line: String,
        /// It ended, or closed its output.
        ended: bool,
        words: String,
    },
    #[error("`{program}` had not added the users after {} s", ADDING.as_secs())]
    StillAdding { program: String },
}

impl LocalError {
    pub(crate) const fn fix(&self) -> &'static str {
        match self {
            Self::Program(_) => {
                "build it with `make verify`, or name a running system with --target and --url"
            }
            Self::System { .. } => "free some memory, files or space and try again",
            Self::Refused { .. } | Self::NotReady { .. } => {
                "read what it printed, and correct `start` in the target file"
            }
            Self::StillAdding { .. } => {
                "make it end when its input ends, or fix `start.add_users` in the target file"
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
        all.filter_map(|file| fs::read(file).ok())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
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
        let lines: String = passwords
            .values()
            .map(|password| format!("{password}\n"))
            .collect();
        let input = child.stdin.take();
        thread::spawn(move || {
            // A program that refuses the names may stop reading; it reports that itself.
            let _ = input.map(|mut input| input.write_all(lines.as_bytes()));
        });
        let (say, said) = mpsc::channel();
        let words = child.stderr.take();
        thread::spawn(move || {
            let mut first = Vec::new();
            each_line(words, |line| {
                first.extend_from_slice(line);
                first.push(b'\n');
                first.truncate(LINE);
            });
            let _ = say.send(first);
        });
        let ended = ended_within(&mut child, ADDING).map_err(failed)?;
        let Some(status) = ended else {
            let program = self.start.program.clone();
            return Err(LocalError::StillAdding { program });
        };
        if status.success() {
            return Ok(());
        }
        // What it started may still hold the pipe.
        let words = said.recv_timeout(GRACE).unwrap_or_default();
        Err(LocalError::Refused {
            program: self.start.program.clone(),
            words: last_words(&String::from_utf8_lossy(&words)),
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
            each_line(out, |line| {
                if let Some(address) = String::from_utf8_lossy(line).strip_prefix(&line_start) {
                    // Later lines are read only so that the pipe does not fill.
                    let _ = ready.send(address.trim().to_owned());
                }
            });
        });
        match said.recv_timeout(PATIENCE) {
            Ok(address) => {
                self.address = address;
                Ok(())
            }
            Err(silence) => {
                self.end();
                Err(LocalError::NotReady {
                    program: self.start.program.clone(),
                    ready_line: self.start.ready_line.clone(),
                    ended: silence == RecvTimeoutError::Disconnected,
                    words: last_words(&self.log()),
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
        let _ = ended_within(&mut child, GRACE);
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.end();
    }
}
