//! How late the harness itself is. A timer asks to be woken every few milliseconds and measures how late it was.
//!
//! In: the run's clock and the recorder's queue. Out: how late the harness has been since a given moment, and a line
//! in the history whenever it matters. Waits in that time say nothing about the target's speed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evidence::{Place, What};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::lock::lock;
use crate::recording::Recorder;

/// How often the timer asks to be woken.
const BEAT: Duration = Duration::from_millis(20);
/// Lateness from which it is written to the history.
const REPORTED: Duration = Duration::from_millis(100);
/// The harness may be late for one part in this many, and the run's figures still say something about the target.
const PARTS: u32 = 20;
/// Observations waiting for the disk, from which this is written to the history: some tens of milliseconds of work.
const BACKLOG: u64 = 10_000;
/// How many moments of lateness are remembered, about forty seconds of a machine that is always late. The oldest one
/// also stands for those before it.
const KEPT: usize = 1000;

/// The harness's own lateness. Clones are the same; the timer ends with the last one.
#[derive(Clone, Debug)]
pub struct Lag {
    state: Arc<Mutex<Lateness>>,
    _timer: Arc<Timer>,
}

#[derive(Debug)]
struct Timer(JoinHandle<()>);

impl Drop for Timer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[derive(Debug)]
struct Lateness {
    /// When the timer last woke.
    awake: Instant,
    /// When it woke late, and by how much; oldest first.
    late: VecDeque<(Instant, Duration)>,
    began: Instant,
    /// The total of the lateness that is written to the history, and the worst of it.
    sum: Duration,
    worst: Duration,
}

impl Lag {
    /// Starts the timer. It tells the recorder whenever lateness matters.
    #[must_use]
    pub fn watch(recorder: Recorder) -> Self {
        let state = Arc::new(Mutex::new(Lateness {
            awake: Instant::now(),
            late: VecDeque::new(),
            began: Instant::now(),
            sum: Duration::ZERO,
            worst: Duration::ZERO,
        }));
        // What passes before the timer is first polled counts as well.
        let first = Instant::now() + BEAT;
        let timer = tokio::spawn(beat(Arc::clone(&state), recorder, first));
        Self {
            state,
            _timer: Arc::new(Timer(timer)),
        }
    }

    /// The worst lateness since `from`, including the timer being overdue now.
    #[must_use]
    pub fn since(&self, from: Instant) -> Duration {
        let state = lock(&self.state);
        let past = state.late.iter().filter(|(woke, _)| *woke >= from);
        past.map(|(_, by)| *by)
            .chain([state.overdue()])
            .max()
            .unwrap_or_default()
    }

    /// The total lateness since `from`.
    #[must_use]
    pub fn sum_since(&self, from: Instant) -> Duration {
        let state = lock(&self.state);
        let past = state.late.iter().filter(|(woke, _)| *woke >= from);
        past.map(|(_, by)| *by).sum::<Duration>() + state.overdue()
    }

    /// The total of the delays that are at least this long.
    #[must_use]
    pub fn sum_of_delays(&self, at_least: Duration) -> Duration {
        let state = lock(&self.state);
        let late = state.late.iter().map(|(_, by)| *by);
        late.filter(|by| *by >= at_least).sum()
    }

    /// The worst lateness, if the harness was late for so much of the run that no figure is the target's alone: for
    /// more than a twentieth of the time, enough to be the slowest of a hundred samples.
    #[must_use]
    pub fn is_relevant(&self) -> Option<Duration> {
        let state = lock(&self.state);
        (state.sum > state.began.elapsed() / PARTS).then_some(state.worst)
    }

    /// The worst lateness that is written to the history.
    #[must_use]
    pub fn worst(&self) -> Duration {
        lock(&self.state).worst
    }

    /// When it was last late by at least this much; now, if it still is.
    #[must_use]
    pub fn last(&self, by: Duration) -> Option<Instant> {
        let state = lock(&self.state);
        if state.overdue() >= by {
            return Some(Instant::now());
        }
        let late = state.late.iter().rev();
        late.filter(|(_, late)| *late >= by)
            .map(|(woke, _)| *woke)
            .next()
    }
}

impl Lateness {
    fn overdue(&self) -> Duration {
        self.awake.elapsed().saturating_sub(BEAT)
    }

    fn wake(&mut self, by: Duration) {
        self.awake = Instant::now();
        if by >= BEAT {
            self.late.push_back((self.awake, by));
        }
        if by >= REPORTED {
            self.sum += by;
            self.worst = self.worst.max(by);
        }
        if self.late.len() > KEPT
            && let Some((_, forgotten)) = self.late.pop_front()
            && let Some((_, oldest)) = self.late.front_mut()
        {
            // A promise that began before the oldest moment we remember must not assume that the harness was on time.
            *oldest = forgotten.max(*oldest);
        }
    }
}

/// The harness's lateness, in words.
#[must_use]
pub fn told(late: Duration) -> String {
    match late.as_millis() {
        0 => "the harness itself was late by less than a millisecond".to_owned(),
        by => format!("the harness itself was late by up to {by} ms"),
    }
}

async fn beat(state: Arc<Mutex<Lateness>>, recorder: Recorder, first: Instant) {
    let mut is_behind = false;
    let mut asked = first;
    loop {
        sleep_until(asked).await;
        // The timer's clock counts in milliseconds.
        let by = asked.elapsed().saturating_sub(Duration::from_millis(1));
        asked = Instant::now() + BEAT;
        lock(&state).wake(by);
        let waiting = recorder.waiting();
        let was_behind = std::mem::replace(&mut is_behind, waiting >= BACKLOG);
        if by < REPORTED && (was_behind || !is_behind) {
            continue;
        }
        let by_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        let late = What::Late { by_ms, waiting };
        // If the recorder has stopped, its end says so.
        let _ = recorder.record(Place::nobody("the harness"), late);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use evidence::{History, Scene};
    use tokio::time::{sleep, timeout};

    use super::*;

    #[test]
    fn the_worst_lateness_is_never_forgotten() {
        let began = Instant::now();
        let mut state = Lateness {
            awake: began,
            late: VecDeque::new(),
            began,
            sum: Duration::ZERO,
            worst: Duration::ZERO,
        };
        state.wake(Duration::from_secs(3));
        for _ in 0..2 * KEPT {
            state.wake(Duration::from_millis(30));
        }
        assert_eq!(state.late.len(), KEPT);
        let worst = state.late.iter().map(|(_, by)| *by).max();
        assert_eq!(worst, Some(Duration::from_secs(3)));
    }

    /// Waits until a beat was late.
    async fn is_remembered(lag: &Lag) {
        let beats = async {
            while lock(&lag.state).late.is_empty() {
                sleep(BEAT).await;
            }
        };
        let within = Duration::from_secs(30);
        timeout(within, beats).await.expect("a beat that was late");
    }

    #[tokio::test]
    async fn what_passes_before_the_first_beat_counts() {
        let scene: Scene =
            serde_json::from_str(include_str!("../../tests/scene.json")).expect("a scene");
        let (recorder, writing) = Recorder::start(&scene, std::io::sink()).expect("starts");
        let lag = Lag::watch(recorder);
        // The timer has not been polled yet.
        thread::sleep(Duration::from_millis(300));
        is_remembered(&lag).await;
        assert!(lag.sum_of_delays(Duration::from_millis(200)) >= Duration::from_millis(200));
        drop(lag);
        let written = tokio::task::spawn_blocking(|| writing.finish());
        written.await.expect("joins").expect("all is written");
    }

    #[tokio::test]
    async fn a_harness_that_sleeps_is_late_and_says_so() {
        let scene: Scene =
            serde_json::from_str(include_str!("../../tests/scene.json")).expect("a scene");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("history.jsonl");
        let out = std::fs::File::create(&file).expect("a file");
        let (recorder, writing) = Recorder::start(&scene, out).expect("starts");
        let lag = Lag::watch(recorder);
        sleep(BEAT).await;
        let before = Instant::now();
        // This runtime has one thread, so sleeping blocks the timer too.
        thread::sleep(Duration::from_millis(300));
        assert!(lag.since(before) >= Duration::from_millis(200), "{lag:?}");
        assert!(lag.last(Duration::from_millis(200)) >= Some(before));
        is_remembered(&lag).await;
        assert!(
            lag.last(Duration::from_millis(200)).is_some(),
            "it is remembered"
        );
        assert_eq!(lag.last(Duration::from_mins(1)), None);
        assert!(lag.is_relevant() >= Some(Duration::from_millis(200)));
        assert_eq!(lag.is_relevant(), Some(lag.worst()));
        drop(lag);
        let written = tokio::task::spawn_blocking(|| writing.finish());
        written.await.expect("joins").expect("all is written");
        let text = std::fs::read_to_string(&file).expect("text");
        let history = History::parse(&text).expect("a history");
        let is_written = history.observations.iter().any(
            |seen| matches!(seen.what, What::Late { by_ms, .. } if (200..60_000).contains(&by_ms)),
        );
        assert!(is_written, "{text}");
    }
}
