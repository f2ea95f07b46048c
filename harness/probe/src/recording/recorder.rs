//! The one writer of a history.
//!
//! Every client holds a clone of the recorder and sends it what it saw; one thread gives each entry
//! its `seq` and its time and writes it. What waits is written at once and flushed to the operating system,
//! so a killed process leaves a history that can be judged, short of its last lines at most. A history that
//! could not take everything says so in its last line.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use evidence::{Observation, Place, Scene, What};
use thiserror::Error;

/// Why a history could not be written.
#[derive(Debug, Error)]
pub enum RecorderError {
    /// The file took no more.
    #[error("cannot write the history")]
    Write(#[source] io::Error),
    /// A target that sends without end must not fill the disk.
    #[error("the history has reached {} MiB", MOST >> 20)]
    Full,
    /// The disk is slower than the clients.
    #[error("{WAITING} observations, or {} MiB of them, wait for the disk", WAITING_BYTES >> 20)]
    Behind,
    /// One socket was sent more than a client can count.
    #[error("a socket was sent more different names of events, or more at once, than can be kept")]
    Crowded,
    /// One message was longer than a client reads.
    #[error("a message was longer than {} MiB, and was not read", LONGEST >> 20)]
    TooLong,
    /// The writing thread is gone.
    #[error("the recorder stopped before its clients did")]
    Stopped,
}

/// Bytes a history may have. Twenty users' minute under load is a twentieth of it.
const MOST: u64 = 256 << 20;
/// Observations that may wait for the disk: ten seconds of a thousand sessions with a hundred events a
/// second each, in some 500 MB.
const WAITING: u64 = 1_000_000;
/// Bytes of frames that may wait for the disk: one may be large.
const WAITING_BYTES: u64 = 512 << 20;
/// Bytes of a message that is still read: what is longer nobody can judge.
pub(crate) const LONGEST: usize = 64 << 20;
/// Bytes that are written at once.
const BATCH: usize = 64 << 10;

/// A client's end of the recorder.
#[derive(Clone, Debug)]
pub struct Recorder {
    to_writer: Sender<(Place, What)>,
    waiting: Arc<Waiting>,
}

/// What the clients have sent and the writer has not written.
#[derive(Debug)]
struct Waiting {
    count: AtomicU64,
    bytes: AtomicU64,
    most: u64,
    most_bytes: u64,
    /// Some were not taken.
    lost: OnceLock<Lost>,
}

/// Why something that was seen is not in the history.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lost {
    /// Too many waited for the disk.
    Behind,
    /// One socket was sent more than can be kept.
    Crowded,
    /// One message was longer than a client reads.
    TooLong,
}

impl RecorderError {
    /// Whether it took no more, and what was written until then can be judged: the history says so itself.
    #[must_use]
    pub const fn is_told(&self) -> bool {
        matches!(
            self,
            Self::Full | Self::Behind | Self::Crowded | Self::TooLong
        )
    }
}

impl From<Lost> for RecorderError {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Behind => Self::Behind,
            Lost::Crowded => Self::Crowded,
            Lost::TooLong => Self::TooLong,
        }
    }
}

/// The writer's end: ask it, at the run's end, whether all was written.
#[derive(Debug)]
pub struct Writing(JoinHandle<Result<u64, RecorderError>>);

impl Recorder {
    /// Starts a history on `out` with its header line.
    ///
    /// # Errors
    /// When the header cannot be written.
    pub fn start(
        scene: &Scene,
        out: impl Write + Send + 'static,
    ) -> Result<(Self, Writing), RecorderError> {
        Self::bounded(scene, out, MOST, (WAITING, WAITING_BYTES))
    }

    fn bounded(
        scene: &Scene,
        mut out: impl Write + Send + 'static,
        most: u64,
        (most_waiting, most_bytes): (u64, u64),
    ) -> Result<(Self, Writing), RecorderError> {
        let mut header = Vec::new();
        line(&mut header, scene)?;
        write(&mut out, &header)?;
        let (to_writer, seen) = mpsc::channel();
        let waiting = Arc::new(Waiting {
            count: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            most: most_waiting,
            most_bytes,
            lost: OnceLock::new(),
        });
        let writer = Writer {
            out,
            most,
            waiting: Arc::clone(&waiting),
            started: Instant::now(),
            seq: 0,
            written: 0,
        };
        let recorder = Self { to_writer, waiting };
        Ok((recorder, Writing(thread::spawn(move || writer.run(&seen)))))
    }

    /// How many observations have been recorded and are not written yet.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.waiting.count.load(Ordering::Relaxed)
    }

    /// Records one observation; the order of calls from one thread is kept.
    ///
    /// # Errors
    /// When the writer has stopped: the run is worth nothing from here on.
    pub fn record(&self, place: Place, what: What) -> Result<(), RecorderError> {
        let waiting = &self.waiting;
        // Nothing is taken after what was not.
        if waiting.lost.get().is_some() {
            return Err(RecorderError::Stopped);
        }
        let count = waiting.count.fetch_add(1, Ordering::Relaxed);
        let bytes = waiting.bytes.fetch_add(weight(&what), Ordering::Relaxed);
        if count > waiting.most || bytes > waiting.most_bytes {
            return Err(self.stop(Lost::Behind));
        }
        self.to_writer
            .send((place, what))
            .map_err(|_| RecorderError::Stopped)
    }

    /// Takes nothing more, because something that was seen could not be kept; the history's end says why.
    pub(crate) fn stop(&self, lost: Lost) -> RecorderError {
        self.waiting.lost.get_or_init(|| lost);
        RecorderError::Stopped
    }
}

/// The bytes of an observation that a stranger chose.
fn weight(what: &What) -> u64 {
    let text = match what {
        What::Received { frame, .. } | What::Answered { frame, .. } => frame,
        What::Refused { reason } => reason,
        _ => return 0,
    };
    text.len() as u64
}

struct Writer<W> {
    out: W,
    most: u64,
    waiting: Arc<Waiting>,
    started: Instant,
    seq: u64,
    written: u64,
}

impl<W: Write> Writer<W> {
    /// Writes until all clients are gone; gives the number of observations.
    fn run(mut self, seen: &Receiver<(Place, What)>) -> Result<u64, RecorderError> {
        let mut text = Vec::with_capacity(BATCH * 2);
        while let Ok(first) = seen.recv() {
            text.clear();
            let mut next = Some(first);
            while let Some((place, what)) = next {
                self.put(&mut text, place, what)?;
                next = (text.len() < BATCH).then(|| seen.try_recv().ok()).flatten();
            }
            write(&mut self.out, &text)?;
            self.written += text.len() as u64;
            if self.written > self.most {
                return self.stop(RecorderError::Full);
            }
        }
        // What was not taken came after all that is written.
        if let Some(lost) = self.waiting.lost.get().copied() {
            return self.stop(lost.into());
        }
        Ok(self.seq)
    }

    fn put(&mut self, text: &mut Vec<u8>, place: Place, what: What) -> Result<(), RecorderError> {
        self.waiting.count.fetch_sub(1, Ordering::Relaxed);
        self.waiting
            .bytes
            .fetch_sub(weight(&what), Ordering::Relaxed);
        self.seq += 1;
        let at_us = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let seq = self.seq;
        line(
            text,
            &Observation {
                seq,
                at_us,
                place,
                what,
            },
        )
    }

    /// The last line says that it is not the run's end.
    fn stop(mut self, why: RecorderError) -> Result<u64, RecorderError> {
        let nobody = Place {
            user: None,
            session: "the run".to_owned(),
            tab: None,
        };
        let reason = why.to_string();
        let mut text = Vec::new();
        self.put(&mut text, nobody, What::RecordingStopped { reason })?;
        write(&mut self.out, &text)?;
        Err(why)
    }
}

impl Writing {
    /// Waits until every clone of the recorder is dropped and all is written; gives the number of
    /// observations.
    ///
    /// # Errors
    /// The first line that could not be written.
    pub fn finish(self) -> Result<u64, RecorderError> {
        self.0.join().unwrap_or(Err(RecorderError::Stopped))
    }
}

fn line(text: &mut Vec<u8>, line: &impl serde::Serialize) -> Result<(), RecorderError> {
    serde_json::to_writer(&mut *text, line).map_err(|error| RecorderError::Write(error.into()))?;
    text.push(b'\n');
    Ok(())
}

/// Whole lines: a killed run cuts at most the last one.
fn write(out: &mut impl Write, text: &[u8]) -> Result<(), RecorderError> {
    out.write_all(text)
        .and_then(|()| out.flush())
        .map_err(RecorderError::Write)
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use evidence::History;

    use super::*;

    fn scene() -> Scene {
        Scene {
            airtight_history: 1,
            scenario: "eight clients at once".to_owned(),
            rules: Vec::new(),
            users: Vec::new(),
            expect: Vec::new(),
            seed: 1,
            leaks: std::collections::BTreeMap::new(),
            breaks: std::collections::BTreeMap::new(),
        }
    }

    fn stranger() -> Place {
        Place {
            user: None,
            session: "desktop".to_owned(),
            tab: None,
        }
    }

    #[test]
    fn many_clients_write_one_history() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("history.jsonl");
        let (recorder, writing) =
            Recorder::start(&scene(), File::create(&path).expect("a file")).expect("starts");
        thread::scope(|scope| {
            for client in 0..8 {
                let recorder = recorder.clone();
                scope.spawn(move || {
                    for i in 0..100 {
                        let what = What::Refused {
                            reason: format!("{client}:{i}"),
                        };
                        recorder.record(stranger(), what).expect("records");
                    }
                });
            }
        });
        drop(recorder);
        assert_eq!(writing.finish().expect("all written"), 800);
        let history =
            History::parse(&std::fs::read_to_string(&path).expect("text")).expect("a history");
        assert_eq!(history.observations.len(), 800);
        assert!(history.observations.is_sorted_by_key(|seen| seen.at_us));
    }

    /// Takes `0` bytes more, then says that the disk is full.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(bytes.len())
                .ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_told() {
        assert!(matches!(
            Recorder::start(&scene(), Full(3)),
            Err(RecorderError::Write(_))
        ));
        let (recorder, writing) = Recorder::start(&scene(), Full(200)).expect("the header fits");
        // The writer may stop before or after the last of these: either way the end says so.
        while recorder
            .record(stranger(), What::Left { by_server: None })
            .is_ok()
        {}
        assert!(matches!(writing.finish(), Err(RecorderError::Write(_))));
    }

    /// What was written, and how the writing ended.
    fn written(most: u64, most_waiting: (u64, u64)) -> (History, RecorderError) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("history.jsonl");
        let out = Slow(File::create(&path).expect("a file"));
        let (recorder, writing) =
            Recorder::bounded(&scene(), out, most, most_waiting).expect("starts");
        while recorder.record(stranger(), received()).is_ok() {}
        drop(recorder);
        let ended = writing.finish().expect_err("it was too much");
        let text = std::fs::read_to_string(&path).expect("text");
        (History::parse(&text).expect("a history"), ended)
    }

    fn received() -> What {
        What::Received {
            event: "popup".to_owned(),
            number: None,
            frame: "x".repeat(50),
        }
    }

    /// A disk that lets others work meanwhile.
    struct Slow(File);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            thread::yield_now();
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }

    #[test]
    fn a_history_that_could_not_take_everything_says_so() {
        for (most, most_waiting, says) in [
            (10_000, (u64::MAX, u64::MAX), "the history has reached"),
            (u64::MAX, (100, u64::MAX), "wait for the disk"),
            (u64::MAX, (u64::MAX, 5_000), "wait for the disk"),
        ] {
            let (history, ended) = written(most, most_waiting);
            assert!(ended.to_string().contains(says), "{ended}");
            let last = history.observations.last().expect("a line");
            let What::RecordingStopped { reason } = &last.what else {
                panic!("the last line is {last:?}");
            };
            assert!(reason.contains(says), "{reason}");
        }
    }

    #[test]
    fn what_one_client_could_not_keep_is_said_at_the_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("history.jsonl");
        let out = File::create(&path).expect("a file");
        let (recorder, writing) = Recorder::start(&scene(), out).expect("starts");
        recorder.record(stranger(), received()).expect("records");
        assert!(matches!(
            recorder.stop(Lost::Crowded),
            RecorderError::Stopped
        ));
        assert!(recorder.record(stranger(), received()).is_err());
        drop(recorder);
        assert!(matches!(writing.finish(), Err(RecorderError::Crowded)));
        let text = std::fs::read_to_string(&path).expect("text");
        assert!(text.contains("recording_stopped") && text.contains("than can be kept"));
    }

    #[test]
    fn a_thousand_sessions_lose_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("history.jsonl");
        let (recorder, writing) =
            Recorder::start(&scene(), File::create(&path).expect("a file")).expect("starts");
        thread::scope(|scope| {
            for client in 0..10 {
                let recorder = recorder.clone();
                scope.spawn(move || {
                    for event in 0..10_000_u64 {
                        let place = Place {
                            session: format!("{}", client * 100 + event % 100),
                            ..stranger()
                        };
                        let what = What::Received {
                            event: "action_status".to_owned(),
                            number: Some(event / 100 + 1),
                            frame: "x".repeat(200),
                        };
                        recorder.record(place, what).expect("records");
                    }
                });
            }
        });
        drop(recorder);
        // A second of a thousand sessions with a hundred events each, as fast as they come.
        assert_eq!(writing.finish().expect("all written"), 100_000);
    }
}
