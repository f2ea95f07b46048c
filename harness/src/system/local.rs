//! A system under test on this machine, started and ended by the harness as the target file says.
//!
//! It gets a folder of its own, throwaway users and a free port. It runs in a process group of its own, which is ended by
//! its id, also when the run fails, panics or is interrupted: a program behind a wrapper is not left behind.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use evidence::UserName;
use rustix::process::{Pid, Signal, kill_process_group};
use targets::file::start::{Ready, Start};
use targets::language::template::{Template, Unset};
use tempfile::TempDir;
use thiserror::Error;
use url::Url;

use super::filling::Filling;
use super::process::{LINE, each_line, ended_within, last_words};
use super::program::{NoProgram, find};
use super::readiness::{Readiness, address_in, free_port, is_there};

/// How long it has to end by itself.
const GRACE: Duration = Duration::from_secs(8);
/// How long adding the users may take; a thousand hashes on a busy machine are some seconds.
const ADDING: Duration = Duration::from_mins(1);
/// How often to look whether it is there.
const LOOK: Duration = Duration::from_millis(20);
/// What a program gets of this process's environment.
const ENVIRONMENT: [&str; 3] = ["PATH", "HOME", "LANG"];

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
        "`{program}` {missing} {}; its last words: {words}",
        if *.ended { "before it ended".to_owned() } else { format!("within {} s", patience.as_secs()) }
    )]
    NotReady {
        program: String,
        /// What would have said that it is ready, and did not.
        missing: String,
        /// It ended.
        ended: bool,
        /// It was told to choose its port by itself.
        port_zero: bool,
        patience: Duration,
        words: String,
    },
    #[error("`{0}` stands for nothing in the target file's `start`")]
    Unset(String),
    #[error("nobody knows at which address `{0}` listens")]
    NoAddress(String),
    #[error("`{program}` had not added the users after {} s", ADDING.as_secs())]
    StillAdding { program: String },
}

impl LocalError {
    pub(crate) fn fix(&self) -> &'static str {
        match self {
            Self::NotReady {
                port_zero: true,
                words,
                ..
            } if words.to_lowercase().contains("port") => {
                "if it takes no port 0, leave `ready` out or name a page that answers, as `ready: {get: /}`: then {port} is a port that is free"
            }
            Self::Program(_) => {
                "correct `start.command` in the target file (the reference server is built with `make verify`), or name a \
                 running system with --target and --url"
            }
            Self::System { .. } => "free some memory, files or space and try again",
            Self::Refused { .. } | Self::NotReady { .. } => {
                "read what it printed, and correct `start` in the target file"
            }
            Self::Unset(_) => "use {port}, {folder}, {random} and {fault}",
            Self::NoAddress(_) => {
                "use {port} in `start`, or add `base:` with the address to the target file"
            }
            Self::StillAdding { .. } => {
                "make it end when its input ends, or fix `start.add_users` in the target file"
            }
        }
    }
}

impl From<Unset> for LocalError {
    fn from(Unset(name): Unset) -> Self {
        Self::Unset(name)
    }
}

/// Where a system is started, and what is known of its address.
#[derive(Clone, Debug, Default)]
pub(crate) struct StartPlace {
    /// The folder of the target file.
    pub(crate) folder: Option<PathBuf>,
    /// The address in the target file.
    pub(crate) base: Option<Url>,
}

/// A system that runs until this is dropped.
pub(crate) struct Local {
    start: Start,
    place: StartPlace,
    program: PathBuf,
    folder: TempDir,
    filling: Filling,
    child: Option<Child>,
    address: String,
}

impl Local {
    /// Adds the users and starts it.
    pub(crate) fn start(
        start: &Start,
        place: StartPlace,
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
        let filling = Filling::new(folder.path(), fault);
        let first = { start.command.first() }
            .map_or_else(|| Ok(String::new()), |word| filling.text(word, "0"))?;
        let mut local = Self {
            program: find(&first, place.folder.as_deref())?,
            start: start.clone(),
            place,
            folder,
            filling,
            child: None,
            address: String::new(),
        };
        if !local.start.add_users.is_empty() {
            local.add_users(passwords)?;
        }
        local.begin()?;
        Ok(local)
    }

    /// Starts it at a port of its own.
    fn begin(&mut self) -> Result<(), LocalError> {
        let needs_port = self.needs_port();
        if matches!(self.start.ready, Ready::Line(_)) {
            // It may choose a port by itself, and say which one.
            let said = self.launch("0")?;
            let known = self.place.base.clone().filter(|_| !needs_port);
            if let Some(address) = said.or_else(|| known.map(String::from)) {
                self.address = address;
                return Ok(());
            }
            self.end();
        }
        let port = match &self.place.base {
            Some(base) if !needs_port => {
                self.address = base.to_string();
                base.port_or_known_default().unwrap_or(80)
            }
            _ if needs_port => {
                let port = free_port().map_err(|source| LocalError::System {
                    what: "find a free port",
                    source,
                })?;
                self.address = format!("http://127.0.0.1:{port}/");
                port
            }
            _ => return Err(LocalError::NoAddress(self.name())),
        };
        self.launch(&port.to_string()).map(|_| ())
    }

    /// Whether its command or its environment has a port.
    fn needs_port(&self) -> bool {
        let environment = self.start.environment.iter().map(|(_, value)| value);
        let mut all = self.start.command.iter().chain(environment);
        all.any(Filling::has_port)
    }

    fn name(&self) -> String {
        self.program
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// Its base address.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Ends it and starts it again at the same address.
    pub(crate) fn restart(&mut self) -> Result<(), LocalError> {
        self.end();
        let port = Url::parse(&self.address).ok().and_then(|url| url.port());
        let port = port.map_or_else(|| "0".to_owned(), |port| port.to_string());
        self.launch(&port).map(|_| ())
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

    fn command(&self, port: &str) -> Result<Command, LocalError> {
        let mut command = Command::new(&self.program);
        let folder = self.place.folder.as_deref();
        command.current_dir(folder.unwrap_or_else(|| self.folder.path()));
        command.env_clear();
        for name in ENVIRONMENT {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        for (name, value) in &self.start.environment {
            command.env(name, self.filling.text(value, port)?);
        }
        Ok(command)
    }

    fn words<'a>(
        &self,
        words: impl IntoIterator<Item = &'a Template>,
        port: &str,
    ) -> Result<Vec<String>, LocalError> {
        let words = words.into_iter();
        let filled = words.map(|word| Ok(self.filling.text(word, port)?));
        filled.collect()
    }

    fn add_users(&self, passwords: &BTreeMap<UserName, String>) -> Result<(), LocalError> {
        let failed = |source| LocalError::System {
            what: "add users",
            source,
        };
        let mut command = self.command("0")?;
        command
            .args(self.words(&self.start.add_users, "0")?)
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
            let program = self.name();
            return Err(LocalError::StillAdding { program });
        };
        if status.success() {
            return Ok(());
        }
        // What it started may still hold the pipe.
        let words = said.recv_timeout(GRACE).unwrap_or_default();
        Err(LocalError::Refused {
            program: self.name(),
            words: last_words(&String::from_utf8_lossy(&words)),
        })
    }

    /// Starts it, and waits until it says that it is ready. Gives the address that it said, if it said one.
    fn launch(&mut self, port: &str) -> Result<Option<String>, LocalError> {
        let failed = |what| move |source| LocalError::System { what, source };
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .map_err(failed("open the log"))?;
        let mut command = self.command(port)?;
        command.args(self.words(self.start.command.iter().skip(1), port)?);
        if self.filling.has_fault() {
            command.args(self.words(&self.start.fault, port)?);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(failed("start it"))?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        self.child = Some(child);
        let begin = match &self.start.ready {
            Ready::Line(begin) => Some(begin.clone()),
            Ready::Port | Ready::Page(_) => None,
        };
        let readiness = Readiness::listen(out, err, log, begin);
        self.wait(&readiness, port)
    }

    /// Waits until it is ready, has ended, or its time is over.
    fn wait(&mut self, readiness: &Readiness, port: &str) -> Result<Option<String>, LocalError> {
        let patience = self.start.patience;
        let deadline = Instant::now() + patience;
        let page = match &self.start.ready {
            Ready::Page(path) => Some(self.filling.text(path, port)?),
            Ready::Port | Ready::Line(_) => None,
        };
        loop {
            let is_ready = match &self.start.ready {
                Ready::Line(_) => match readiness.said(LOOK) {
                    Some(line) => return Ok(address_in(&line)),
                    None => false,
                },
                Ready::Port | Ready::Page(_) => {
                    thread::sleep(LOOK);
                    is_there(&self.address, page.as_deref())
                }
            };
            if is_ready {
                return Ok(None);
            }
            let ended = self.has_ended();
            // Its last line may stand behind its end.
            if ended && let Some(line) = readiness.said(LOOK) {
                return Ok(address_in(&line));
            }
            if ended || Instant::now() >= deadline {
                let missing = match (&self.start.ready, page) {
                    (Ready::Line(begin), _) => format!("printed no line with `{begin}`"),
                    (_, Some(page)) => format!("did not answer `{page}` with a status below 500"),
                    (_, None) => "took no connection at its port".to_owned(),
                };
                self.end();
                return Err(LocalError::NotReady {
                    program: self.name(),
                    missing,
                    ended,
                    port_zero: port == "0" && self.needs_port(),
                    patience,
                    words: last_words(&self.log()),
                });
            }
        }
    }

    /// Whether its process has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        let child = self.child.as_mut();
        child.is_none_or(|child| !matches!(child.try_wait(), Ok(None)))
    }

    /// Tells it to end, and does not wait.
    pub(super) fn tell_to_end(&mut self) {
        if let Some(child) = &mut self.child {
            // One that watches its input ends by itself.
            drop(child.stdin.take());
            send(Signal::TERM, child);
        }
    }

    fn end(&mut self) {
        self.tell_to_end();
        let Some(mut child) = self.child.take() else {
            return;
        };
        let _ = ended_within(&mut child, GRACE);
        send(Signal::KILL, &child);
    }
}

/// Sends a signal to it and all that it has started.
fn send(signal: Signal, child: &Child) {
    let group = Pid::from_raw(child.id().cast_signed());
    // It fails only when all of them have ended already.
    let _ = group.map(|group| kill_process_group(group, signal));
}

impl Drop for Local {
    fn drop(&mut self) {
        self.end();
    }
}
