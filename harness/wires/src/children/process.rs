//! One process, and the connections that it makes: lines of JSON to its standard input, lines of JSON from its output.
//!
//! Each line begins with the number of the connection that it is about; 0 is the process itself. The process ends with
//! its standard input, which closes when nobody holds a connection any more and the process is dropped. Its output is
//! always being read: what comes for one connection waits for nobody of another. What waits for one is bounded by its
//! bytes.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use crate::bounds::LONGEST;
use crate::stream::lines::Lines;

/// Orders that may wait for the process. A full channel makes its sender wait.
const WAITING: usize = 256;
/// How long the process may take until its first line: a busy machine needs a while to read the packages.
const HELLO: Duration = Duration::from_secs(30);
/// How long it may live on without its standard input.
const GOODBYE: Duration = Duration::from_secs(2);
/// Bytes of its errors that are kept.
const WORDS: usize = 2000;

/// A process that has said its first line.
#[derive(Debug)]
pub(super) struct Process {
    orders: mpsc::Sender<String>,
    ears: Arc<Ears>,
}

/// What comes for one connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A line, without its number.
    Line(String),
    /// More waits than is kept. Nothing follows.
    Overflow,
    /// The process has ended, and how. Nothing follows.
    Ended(String),
}

/// One connection of a process. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct Strand {
    number: u64,
    orders: mpsc::Sender<String>,
    heard: mpsc::UnboundedReceiver<Heard>,
    waiting: Arc<AtomicUsize>,
    ears: Arc<Ears>,
}

/// Who hears the lines.
#[derive(Debug, Default)]
struct Ears(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    last: u64,
    all: HashMap<u64, Ear>,
    /// How the process ended.
    over: Option<String>,
}

#[derive(Debug)]
struct Ear {
    lines: mpsc::UnboundedSender<Heard>,
    waiting: Arc<AtomicUsize>,
}

impl Process {
    /// Starts the program, and gives its first line.
    ///
    /// # Errors
    /// When it does not start, or ends without a line.
    pub(super) async fn start(mut command: Command) -> io::Result<(Self, String)> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A Ctrl-C is for the run, which ends its clients itself.
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(io::Error::other("it has no pipes"));
        };
        let mut said = Said::by(stdout);
        let errors = tokio::spawn(last_words(stderr));
        let first = match timeout(HELLO, said.next()).await {
            Ok(first) => first?,
            Err(_) => return Err(io::Error::other("it says nothing")),
        };
        let Some(first) = first else {
            return Err(io::Error::other(how(&mut child, errors).await));
        };
        let (orders, to_write) = mpsc::channel(WAITING);
        let ears = Arc::<Ears>::default();
        let hearing = Arc::clone(&ears);
        tokio::spawn(async move {
            let why = hear(&hearing, &mut said, write(to_write, stdin)).await;
            let ended = match why {
                Some(why) => why,
                None => how(&mut child, errors).await,
            };
            hearing.end(&ended);
            // If it lives, this kills it.
            drop(child);
        });
        Ok((Self { orders, ears }, first))
    }

    /// A new connection.
    pub(super) fn strand(&self) -> Strand {
        let (lines, heard) = mpsc::unbounded_channel();
        let waiting = Arc::<AtomicUsize>::default();
        let ear = Ear {
            lines,
            waiting: Arc::clone(&waiting),
        };
        Strand {
            number: self.ears.open(ear),
            orders: self.orders.clone(),
            heard,
            waiting,
            ears: Arc::clone(&self.ears),
        }
    }
}

impl Strand {
    /// Asks the process for this. If it has ended, that is heard.
    pub(crate) async fn order(&self, order: &Value) {
        let line = format!("{} {order}\n", self.number);
        // What has ended takes no orders.
        let _ = self.orders.send(line).await;
    }

    /// What comes next. May be dropped at any time.
    pub(crate) async fn next(&mut self) -> Heard {
        let heard = self.heard.recv().await;
        if let Some(Heard::Line(line)) = &heard {
            self.waiting.fetch_sub(line.len(), Ordering::Relaxed);
        }
        heard.unwrap_or_else(|| Heard::Ended("its process has ended".to_owned()))
    }
}

impl Drop for Strand {
    fn drop(&mut self) {
        self.ears.close(self.number);
        let (orders, line) = (
            self.orders.clone(),
            format!("{} {{\"do\":\"close\"}}\n", self.number),
        );
        // Without a runtime, the process is ending as well.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { orders.send(line).await });
        }
    }
}

impl Ears {
    fn lock(&self) -> MutexGuard<'_, Open> {
        // A panic cannot have left it half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, ear: Ear) -> u64 {
        let mut open = self.lock();
        open.last += 1;
        let number = open.last;
        match &open.over {
            // Nobody else has the receiver yet.
            Some(how) => drop(ear.lines.send(Heard::Ended(how.clone()))),
            None => drop(open.all.insert(number, ear)),
        }
        number
    }

    fn close(&self, number: u64) {
        self.lock().all.remove(&number);
    }

    /// Gives a line to whom it is for. Nobody may be there any more.
    fn hear(&self, line: &str) {
        let Some((number, rest)) = line.split_once(' ') else {
            return;
        };
        let Ok(number) = number.parse::<u64>() else {
            return;
        };
        let mut open = self.lock();
        let Some(ear) = open.all.get(&number) else {
            return;
        };
        let waiting = ear.waiting.fetch_add(rest.len(), Ordering::Relaxed) + rest.len();
        if waiting <= LONGEST {
            // Whoever listens no more closes it.
            let _ = ear.lines.send(Heard::Line(rest.to_owned()));
        } else if let Some(ear) = open.all.remove(&number) {
            let _ = ear.lines.send(Heard::Overflow);
        }
    }

    fn end(&self, how: &str) {
        let mut open = self.lock();
        open.over = Some(how.to_owned());
        for (_, ear) in open.all.drain() {
            let _ = ear.lines.send(Heard::Ended(how.to_owned()));
        }
    }
}

/// Gives each line to whom it is for, until there are no more. Gives why the process must end, where that is known.
async fn hear(
    ears: &Ears,
    said: &mut Said,
    writing: impl Future<Output = ()> + Send + 'static,
) -> Option<String> {
    let mut writing = tokio::spawn(writing);
    let mut until = None;
    loop {
        tokio::select! {
            line = said.next() => match line {
                Ok(Some(line)) => ears.hear(&line),
                Ok(None) => return None,
                Err(error) => return Some(format!("its output cannot be read: {error}")),
            },
            _ = &mut writing, if until.is_none() => until = Some(Instant::now() + GOODBYE),
            () = expired(until) => return Some("it did not end by itself".to_owned()),
        }
    }
}

async fn expired(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// Writes orders until there are no more.
async fn write(mut orders: mpsc::Receiver<String>, mut stdin: ChildStdin) {
    while let Some(line) = orders.recv().await {
        if stdin.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// How the process ended, with the last line of its errors.
async fn how(child: &mut Child, errors: JoinHandle<String>) -> String {
    let status = timeout(GOODBYE, child.wait()).await;
    let status = status.ok().and_then(Result::ok);
    let status = status.map_or_else(
        || "it closed its output".to_owned(),
        |status: ExitStatus| status.to_string(),
    );
    let words = timeout(GOODBYE, errors).await;
    let words = words.ok().and_then(Result::ok).unwrap_or_default();
    match words.trim().lines().next_back() {
        Some(last) => format!("its process has ended ({status}): {last}"),
        None => format!("its process has ended ({status})"),
    }
}

/// The end of what it says on standard error.
async fn last_words(mut stderr: ChildStderr) -> String {
    let (mut words, mut piece) = (Vec::new(), [0; 1024]);
    while let Ok(n_read @ 1..) = stderr.read(&mut piece).await {
        words.extend_from_slice(&piece[..n_read]);
        let surplus = words.len().saturating_sub(WORDS);
        words.drain(..surplus);
    }
    String::from_utf8_lossy(&words).into_owned()
}

/// The lines that it says.
struct Said {
    stdout: ChildStdout,
    lines: Lines,
    ready: VecDeque<String>,
    piece: Vec<u8>,
}

impl Said {
    fn by(stdout: ChildStdout) -> Self {
        Self {
            stdout,
            lines: Lines::default(),
            ready: VecDeque::new(),
            piece: vec![0; 64 << 10],
        }
    }

    /// The next; nothing after the last. May be dropped at any time.
    async fn next(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Ok(Some(line));
            }
            let n_read = self.stdout.read(&mut self.piece).await?;
            if n_read == 0 {
                return Ok(None);
            }
            let mut lines = Vec::new();
            let piece = self.piece.get(..n_read).unwrap_or_default();
            let taken = self.lines.take(piece, &mut lines);
            self.ready.extend(lines);
            taken.map_err(io::Error::other)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn shell(script: &str) -> io::Result<(Process, String)> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::start(command).await
    }

    async fn next(strand: &mut Strand) -> Heard {
        let next = timeout(Duration::from_secs(10), strand.next()).await;
        next.expect("something is heard")
    }

    #[tokio::test]
    async fn a_process_without_a_first_line_says_how_it_ended() {
        let nobody = Process::start(Command::new("no-such-program-anywhere")).await;
        assert_eq!(nobody.expect_err("none").kind(), io::ErrorKind::NotFound);
        let silent = shell("echo first >&2; echo 'no such module' >&2; exit 7").await;
        let why = silent.expect_err("no line").to_string();
        assert_eq!(
            why,
            "its process has ended (exit status: 7): no such module"
        );
    }

    #[tokio::test]
    async fn each_connection_hears_its_lines_and_how_the_process_ends() {
        let script = "echo 0 hello; read a; echo 2 b; echo nothing; echo 9 nobody; echo 1 a; read b; kill -9 $$";
        let (process, first) = shell(script).await.expect("starts");
        assert_eq!(first, "0 hello");
        let (mut one, mut two) = (process.strand(), process.strand());
        one.order(&Value::Null).await;
        assert_eq!(next(&mut one).await, Heard::Line("a".to_owned()));
        assert_eq!(next(&mut two).await, Heard::Line("b".to_owned()));
        two.order(&Value::Null).await;
        for strand in [&mut one, &mut two] {
            let ended = next(strand).await;
            assert!(
                matches!(&ended, Heard::Ended(how) if how.contains("signal: 9")),
                "{ended:?}"
            );
        }
        // Who comes later hears it at once.
        let ended = next(&mut process.strand()).await;
        assert!(matches!(ended, Heard::Ended(_)), "{ended:?}");
    }

    #[tokio::test]
    async fn a_process_that_nobody_holds_ends_even_if_it_does_not_read() {
        for script in [
            "echo 0 hello; cat >/dev/null",
            "echo 0 hello; exec sleep 1000",
        ] {
            let (process, _) = shell(script).await.expect("starts");
            let ears = Arc::clone(&process.ears);
            drop(process);
            let ended = async {
                while ears.lock().over.is_none() {
                    tokio::task::yield_now().await;
                }
            };
            timeout(Duration::from_secs(10), ended).await.expect(script);
        }
    }

    #[test]
    fn what_waits_for_one_connection_is_bounded() {
        let ears = Ears::default();
        let (lines, mut heard) = mpsc::unbounded_channel();
        let waiting = Arc::default();
        let number = ears.open(Ear { lines, waiting });
        let line = format!("{number} {}", "x".repeat(LONGEST / 2 + 1));
        ears.hear(&line);
        assert!(matches!(heard.try_recv(), Ok(Heard::Line(_))));
        // The first was taken without being given back, so that the second is too much.
        ears.hear(&line);
        assert_eq!(heard.try_recv().ok(), Some(Heard::Overflow));
        ears.hear(&line);
        assert!(heard.try_recv().is_err());
    }
}
