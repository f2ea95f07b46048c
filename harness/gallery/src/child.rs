//! Runs `airtight` as a program, within a time and with a bounded output.

use std::fs;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How much is kept of each of its outputs.
const MOST_BYTES: u64 = 1 << 20;
/// How often to look whether it has ended.
const LOOK: Duration = Duration::from_millis(50);
/// How long it has to end its own servers.
const GRACE: Duration = Duration::from_secs(20);

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// None where a signal ended it, or its time was over.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) took: Duration,
}

/// Runs it in this folder.
pub(crate) fn run(
    program: &Path,
    words: &[String],
    folder: &Path,
    limit: Duration,
) -> io::Result<Ended> {
    let started = Instant::now();
    let mut child = Command::new(program)
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let out = reading(child.stdout.take());
    let err = reading(child.stderr.take());
    let status = ended_within(&mut child, limit)?;
    if status.is_none() {
        end(&mut child);
    }
    let text = |reading: JoinHandle<String>| reading.join().unwrap_or_default();
    Ok(Ended {
        code: status.and_then(|status| status.code()),
        out: text(out),
        err: text(err),
        took: started.elapsed(),
    })
}

fn ended_within(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
}

/// Ends it and whatever it started.
fn end(child: &mut Child) {
    let group = Pid::from_raw(child.id().cast_signed());
    let end = |signal| {
        // It fails only when all of them have ended already.
        let _ = group.map(|group| kill_process_group(group, signal));
    };
    end(Signal::TERM);
    let _ = ended_within(child, GRACE);
    end(Signal::KILL);
    let _ = child.wait();
}

/// Reads an output to its end, and keeps its first part.
fn reading(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(move || {
        let Some(mut pipe) = pipe else {
            return String::new();
        };
        let mut kept = Vec::new();
        // What comes after a failure is not to be had; what came before says enough.
        let _ = pipe.by_ref().take(MOST_BYTES).read_to_end(&mut kept);
        let _ = io::copy(&mut pipe, &mut io::sink());
        String::from_utf8_lossy(&kept).into_owned()
    })
}

/// An empty folder in the place of what was there.
pub(crate) fn emptied(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Ended {
        let words = ["-c".to_owned(), script.to_owned()];
        run(Path::new("/bin/sh"), &words, Path::new("/"), limit).expect("it runs")
    }

    #[test]
    fn what_takes_too_long_is_ended_with_all_that_it_started() {
        let ended = shell("sleep 600 & echo $!; wait", Duration::from_millis(300));
        assert_eq!(ended.code, None);
        let pid: i32 = ended.out.trim().parse().expect("a pid");
        let is_there = Path::new(&format!("/proc/{pid}/exe")).exists();
        assert!(!is_there, "{pid} still runs");
    }

    #[test]
    fn what_it_says_is_kept() {
        let ended = shell("echo out; echo err >&2; exit 3", Duration::from_secs(30));
        assert_eq!(
            (ended.code, ended.out.trim(), ended.err.trim()),
            (Some(3), "out", "err")
        );
    }
}
