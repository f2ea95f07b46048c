//! A system under test on this machine, started and ended by the harness as the target file says.
//!
//! It gets a folder of its own, throwaway users and a free port. It is ended by its own pid, also when
//! the run fails, panics or is interrupted.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
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
/// How long adding the users may take; a thousand hashes on a busy machine are some seconds.
const ADDING: Duration = Duration::from_mins(1);
/// How often it is looked whether that has ended.
const LOOK: Duration = Duration::from_millis(5);
/// Bytes of one line of its output, and of its words when it says no, that are kept.
const LINE: usize = 64 * 1024;
/// Letters of its last words that are shown.
const WORDS: usize = 2000;

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
                "read what it said, and mend `start` in the target file"
            }
            Self::StillAdding { .. } => {
                "see that it ends by itself when its input does, or mend `start.add_users` in the target file"
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
            // A program that refuses the names may not read on; it says so itself.
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

/// How a program ended; it is killed when it has not by then.
fn ended_within(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            // Each of these fails only when it has ended already.
            let _ = child.kill();
            let _ = child.wait();
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
}

/// Gives each line of a pipe, whatever its bytes are; of a long one the beginning.
fn each_line(pipe: Option<impl Read>, mut take: impl FnMut(&[u8])) {
    let Some(mut pipe) = pipe else { return };
    let (mut chunk, mut line) = ([0; 8192], Vec::new());
    // A pipe that cannot be read is one that has ended.
    while let Ok(read @ 1..) = pipe.read(&mut chunk) {
        let mut parts = chunk[..read].split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            let room = LINE.saturating_sub(line.len());
            line.extend_from_slice(&part[..part.len().min(room)]);
            if parts.peek().is_some() {
                take(&line);
                line.clear();
            }
        }
    }
    if !line.is_empty() {
        take(&line);
    }
}

/// The end of what a program said, as much as a reader wants to see.
fn last_words(text: &str) -> String {
    let text = match text.trim() {
        "" => "none",
        text => text,
    };
    let skipped = text.chars().count().saturating_sub(WORDS);
    let last: String = text.chars().skip(skipped).collect();
    if skipped == 0 {
        last
    } else {
        format!("…{last}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_given_whatever_their_bytes_and_length() {
        let long = vec![b'x'; 3 * LINE];
        let text = [
            b"one\n\n\xff\xfe\n",
            long.as_slice(),
            b"\nREADY http://a\nrest",
        ]
        .concat();
        let mut lines: Vec<Vec<u8>> = Vec::new();
        each_line(Some(text.as_slice()), |line| lines.push(line.to_vec()));
        let lengths: Vec<usize> = lines.iter().map(Vec::len).collect();
        assert_eq!(lengths, [3, 0, 2, LINE, 14, 4]);
        assert_eq!(lines[4], b"READY http://a");
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let run = |words: &[&str]| Command::new(words[0]).args(&words[1..]).spawn();
        let mut quick = run(&["true"]).expect("runs");
        let status = ended_within(&mut quick, ADDING).expect("waited for");
        assert!(status.is_some_and(|status| status.success()));
        let mut endless = run(&["sleep", "600"]).expect("runs");
        let limit = Duration::from_millis(50);
        assert_eq!(ended_within(&mut endless, limit).expect("waited for"), None);
        assert!(endless.try_wait().expect("asked").is_some(), "it is gone");
    }

    #[test]
    fn of_many_words_the_last_are_shown() {
        assert_eq!(last_words(" said \n"), "said");
        let many = format!("{}end", "é".repeat(WORDS));
        let last = last_words(&many);
        assert_eq!(last.chars().count(), WORDS + 1);
        assert!(last.starts_with('…') && last.ends_with("end"), "{last}");
    }
}
