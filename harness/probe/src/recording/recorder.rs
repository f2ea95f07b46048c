//! The one writer of a history.
//!
//! Every client holds a clone of the recorder and sends it what it saw, and when. One thread gives each entry its `seq`
//! and writes it. Waiting entries are written in one go and flushed to the operating system, so a killed process
//! leaves a history that can be judged, without its last lines at most. A history that could not take everything says
//! so in its last line.

use std::io::Write;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use evidence::{Place, Scene, What};

use super::loss::{Lost, MOST, RecorderError, WAITING, WAITING_BYTES};
use super::queue::Queue;
use super::writer::{Noted, Writer};

/// A client's end of the recorder.
#[derive(Clone, Debug)]
pub struct Recorder {
    to_writer: Sender<Noted>,
    queue: Arc<Queue>,
    began: Instant,
    /// Why something that came stands nowhere.
    missed: Arc<OnceLock<String>>,
}

/// The writer's end. At the end of the run, ask it whether everything was written.
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
        out: impl Write + Send + 'static,
        most: u64,
        (most_waiting, most_bytes): (u64, u64),
    ) -> Result<(Self, Writing), RecorderError> {
        let queue = Arc::new(Queue::new(most_waiting, most_bytes));
        let began = Instant::now();
        let writer = Writer::start(out, scene, most, Arc::clone(&queue), began)?;
        let (to_writer, seen) = mpsc::channel();
        let recorder = Self {
            to_writer,
            queue,
            began,
            missed: Arc::default(),
        };
        Ok((recorder, Writing(thread::spawn(move || writer.run(&seen)))))
    }

    /// How many observations have been recorded but not written yet.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.queue.count()
    }

    /// A moment on the clock of the history, in microseconds.
    #[must_use]
    pub fn micros(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.began);
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }

    /// Records one observation. The order of calls from one thread is kept.
    ///
    /// # Errors
    /// When the writer has stopped. Nothing after this point is recorded.
    pub fn record(&self, place: Place, what: What) -> Result<(), RecorderError> {
        // Once something was dropped, nothing later may be recorded.
        if self.queue.lost().is_some() {
            return Err(RecorderError::Stopped);
        }
        if !self.queue.enter(&what) {
            return Err(self.stop(Lost::Behind));
        }
        self.to_writer
            .send(Noted::now(place, what))
            .map_err(|_| RecorderError::Stopped)
    }

    /// Something came that cannot be recorded, so that nobody can tell what was in it.
    pub(crate) fn miss(&self, why: impl FnOnce() -> String) {
        self.missed.get_or_init(why);
    }

    /// Why something that came stands nowhere, if anything does.
    #[must_use]
    pub fn missed(&self) -> Option<&str> {
        self.missed.get().map(String::as_str)
    }

    /// Stops the recording, because an observation could not be kept. The last line of the history says why.
    pub(crate) fn stop(&self, lost: Lost) -> RecorderError {
        self.queue.lose(lost);
        RecorderError::Stopped
    }
}

impl Writing {
    /// Waits until every clone of the recorder is dropped and everything is written. Gives the number of observations.
    ///
    /// # Errors
    /// The first line that could not be written.
    pub fn finish(self) -> Result<u64, RecorderError> {
        self.0.join().unwrap_or(Err(RecorderError::Stopped))
    }
}

#[cfg(test)]
mod tests;
