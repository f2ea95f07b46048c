//! The one writer of a history.
//!
//! Every client holds a clone of the recorder and sends it what it saw; one thread gives each entry
//! its `seq` and its time and writes it. Each line is flushed to the operating system at once, so a
//! killed process leaves a history that can be judged, short of its last line at most.

use std::io::{self, Write};
use std::sync::mpsc::{self, Sender};
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
    /// The writing thread is gone.
    #[error("the recorder stopped before its clients did")]
    Stopped,
}

/// Bytes a history may have. Twenty users' minute under load is a twentieth of it.
const MOST: u64 = 256 << 20;

/// A client's end of the recorder.
#[derive(Clone, Debug)]
pub struct Recorder(Sender<(Place, What)>);

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
        mut out: impl Write + Send + 'static,
    ) -> Result<(Self, Writing), RecorderError> {
        write_line(&mut out, scene)?;
        let (clients, seen) = mpsc::channel();
        let started = Instant::now();
        let writer = thread::spawn(move || {
            let (mut seq, mut written) = (0, 0);
            for (place, what) in seen {
                if written > MOST {
                    return Err(RecorderError::Full);
                }
                seq += 1;
                let at_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
                written += write_line(
                    &mut out,
                    &Observation {
                        seq,
                        at_us,
                        place,
                        what,
                    },
                )?;
            }
            Ok(seq)
        });
        Ok((Self(clients), Writing(writer)))
    }

    /// Records one observation; the order of calls from one thread is kept.
    ///
    /// # Errors
    /// When the writer has stopped: the run is worth nothing from here on.
    pub fn record(&self, place: Place, what: What) -> Result<(), RecorderError> {
        self.0
            .send((place, what))
            .map_err(|_| RecorderError::Stopped)
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

/// One write a line: a killed run cuts at most the last one.
fn write_line(out: &mut impl Write, line: &impl serde::Serialize) -> Result<u64, RecorderError> {
    let mut text = serde_json::to_vec(line).map_err(|error| RecorderError::Write(error.into()))?;
    text.push(b'\n');
    out.write_all(&text)
        .and_then(|()| out.flush())
        .map_err(RecorderError::Write)?;
    Ok(text.len() as u64)
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
        while recorder.record(stranger(), What::Left).is_ok() {}
        assert!(matches!(writing.finish(), Err(RecorderError::Write(_))));
    }
}
