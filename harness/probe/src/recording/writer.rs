//! The thread that writes a history. It gives each observation its `seq`, keeps their times in order, and flushes whole
//! lines.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use evidence::{Observation, Place, Scene, What};

use super::loss::RecorderError;
use super::queue::Queue;

/// Bytes that are collected before they are written in one go.
const BATCH: usize = 64 << 10;

/// What a client saw, and when.
pub(super) struct Noted {
    at: Instant,
    place: Place,
    what: What,
}

impl Noted {
    pub(super) fn now(place: Place, what: What) -> Self {
        Self {
            at: Instant::now(),
            place,
            what,
        }
    }
}

/// Owns the file; runs on the recorder's thread.
pub(super) struct Writer<W> {
    out: W,
    most: u64,
    queue: Arc<Queue>,
    started: Instant,
    seq: u64,
    /// The time of the last line.
    at_us: u64,
    written: u64,
}

impl<W: Write> Writer<W> {
    /// Writes the header line.
    pub(super) fn start(
        mut out: W,
        scene: &Scene,
        most: u64,
        queue: Arc<Queue>,
        started: Instant,
    ) -> Result<Self, RecorderError> {
        let mut header = Vec::new();
        line(&mut header, scene)?;
        write(&mut out, &header)?;
        Ok(Self {
            out,
            most,
            queue,
            started,
            seq: 0,
            at_us: 0,
            written: 0,
        })
    }

    /// Writes until all clients have dropped their recorders. Gives the number of observations.
    pub(super) fn run(mut self, seen: &Receiver<Noted>) -> Result<u64, RecorderError> {
        let mut text = Vec::with_capacity(BATCH * 2);
        while let Ok(first) = seen.recv() {
            text.clear();
            let mut next = Some(first);
            while let Some(noted) = next {
                self.put(&mut text, noted)?;
                next = (text.len() < BATCH).then(|| seen.try_recv().ok()).flatten();
            }
            write(&mut self.out, &text)?;
            self.written += text.len() as u64;
            if self.written > self.most {
                return self.stop(RecorderError::Full);
            }
        }
        // What was dropped came after everything that is written.
        if let Some(lost) = self.queue.lost() {
            return self.stop(lost.into());
        }
        Ok(self.seq)
    }

    fn put(&mut self, text: &mut Vec<u8>, noted: Noted) -> Result<(), RecorderError> {
        let Noted { at, place, what } = noted;
        self.queue.leave(&what);
        self.seq += 1;
        let since = at.saturating_duration_since(self.started).as_micros();
        // Of two that are noted at once, the later one may come first.
        self.at_us = self.at_us.max(u64::try_from(since).unwrap_or(u64::MAX));
        let (seq, at_us) = (self.seq, self.at_us);
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

    /// Writes a last line that says that the run did not end here.
    fn stop(mut self, why: RecorderError) -> Result<u64, RecorderError> {
        let nobody = Place::nobody("the run");
        let reason = why.to_string();
        let mut text = Vec::new();
        let noted = Noted::now(nobody, What::RecordingStopped { reason });
        self.put(&mut text, noted)?;
        write(&mut self.out, &text)?;
        Err(why)
    }
}

fn line(text: &mut Vec<u8>, line: &impl serde::Serialize) -> Result<(), RecorderError> {
    serde_json::to_writer(&mut *text, line).map_err(|error| RecorderError::Write(error.into()))?;
    text.push(b'\n');
    Ok(())
}

/// Writes whole lines, so that a killed run cuts at most the last one.
fn write(out: &mut impl Write, text: &[u8]) -> Result<(), RecorderError> {
    out.write_all(text)
        .and_then(|()| out.flush())
        .map_err(RecorderError::Write)
}
