//! What all users' readings become: the figures of the whole run, and how far it is, once a second.

use std::convert::Infallible;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use loadtest::clock::says_when;
use loadtest::figures::DELIVERY;
use loadtest::{Clock, Figures, Progress, Sample};
use probe::{Arrival, Target};

use crate::lock::lock;

/// The figures while users work.
pub(crate) struct Figuring {
    figures: Mutex<Figures>,
    /// What was done since the last progress. The lock is never held together with the other.
    recent: Mutex<Recent>,
    /// The target's clock, by its events; none where it cannot be ours. Its lock is never held together with another.
    clock: Option<Mutex<Clock>>,
    arrived: AtomicUsize,
    started: Instant,
}

#[derive(Default)]
struct Recent {
    /// How long requests took, in milliseconds.
    requests: Vec<f64>,
    failed: u64,
}

/// One thing that a user did.
pub(crate) struct Timed {
    pub(crate) name: String,
    /// Which of several things of this name.
    pub(crate) detail: String,
    /// When it ended.
    pub(crate) at: Instant,
    pub(crate) took: Duration,
    pub(crate) behind: Duration,
    pub(crate) granted: bool,
    /// The events that had to come before it ended, and came.
    pub(crate) brought: Vec<String>,
}

impl Figuring {
    pub(crate) fn new(figures: Figures) -> Self {
        let clock = figures.why_undeliverable().is_none();
        Self {
            figures: Mutex::new(figures),
            recent: Mutex::default(),
            clock: clock.then(Mutex::default),
            arrived: AtomicUsize::new(0),
            started: Instant::now(),
        }
    }

    /// A user has arrived, perhaps as the last one.
    pub(crate) fn arrives(&self, is_last: bool) {
        // `Relaxed`: the number guards no other memory.
        self.arrived.fetch_add(1, Ordering::Relaxed);
        if is_last {
            lock(&self.figures).all_are_here(self.started.elapsed());
        }
    }

    pub(crate) fn add(&self, by: usize, timed: &Timed) {
        let Timed {
            name,
            detail,
            at,
            took,
            behind,
            granted,
            brought: _,
        } = timed;
        if !granted && took.is_zero() {
            // It did not even begin.
            lock(&self.figures).never_began(name, 1, &[]);
            lock(&self.recent).failed += 1;
            return;
        }
        lock(&self.figures).add(Sample {
            name,
            detail,
            by,
            at: at.saturating_duration_since(self.started),
            took: *took,
            // A delivery begins when the target made it.
            behind: if name == DELIVERY {
                Duration::ZERO
            } else {
                *behind
            },
            granted: *granted,
        });
        let mut recent = lock(&self.recent);
        recent.failed += u64::from(!granted);
        if !name.starts_with("SIO ") {
            recent.requests.push(took.as_secs_f64() * 1000.0);
        }
    }

    /// An event arrived that comes from an action. Gives how long its delivery took, where that is known.
    pub(crate) fn event_arrives(&self, target: &Target, arrival: &Arrival) -> Option<Duration> {
        lock(&self.figures).arrives();
        let clock = self.clock.as_ref()?;
        says_when(target, &arrival.event).then(|| lock(clock).arrives(arrival))?
    }

    /// What a user did has ended. Where it brought events, their deliveries were part of it.
    pub(crate) fn comes_back(&self, timed: &Timed) {
        if let Some(clock) = &self.clock {
            let mut clock = lock(clock);
            for event in &timed.brought {
                clock.round_trip(event, timed.took);
            }
        }
    }

    /// The figures, once all is over.
    pub(crate) fn take(&self, target: &Target) -> Figures {
        let wrong = { self.clock.as_ref() }.and_then(|clock| lock(clock).wrong(target));
        let mut figures = std::mem::take(&mut *lock(&self.figures));
        if let Some(wrong) = wrong {
            figures.distrust(wrong);
        }
        figures
    }

    /// Tells how far it is, each second, until somebody ends it.
    pub(crate) async fn tell(&self) -> Infallible {
        let mut each = tokio::time::interval(Duration::from_secs(1));
        each.tick().await;
        loop {
            each.tick().await;
            if let Ok(line) = serde_json::to_string(&self.progress()) {
                // Nobody has to read it.
                let _ = writeln!(std::io::stdout().lock(), "{line}");
            }
        }
    }

    fn progress(&self) -> Progress {
        let Recent {
            mut requests,
            failed,
        } = std::mem::take(&mut *lock(&self.recent));
        requests.sort_by(f64::total_cmp);
        Progress {
            seconds: self.started.elapsed().as_secs(),
            users: self.arrived.load(Ordering::Relaxed),
            requests: requests.len() as u64,
            failed,
            p95_ms: requests
                .get((requests.len() * 95).div_ceil(100).saturating_sub(1))
                .copied()
                .unwrap_or(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_about_the_last_second() {
        let figuring = Figuring::new(Figures::new(Duration::from_secs(1)));
        figuring.arrives(false);
        for ms in 1..=100 {
            figuring.add(
                0,
                &Timed {
                    name: "GET /".to_owned(),
                    detail: String::new(),
                    at: Instant::now(),
                    took: Duration::from_millis(ms),
                    behind: Duration::ZERO,
                    granted: ms != 7,
                    brought: Vec::new(),
                },
            );
        }
        let told = figuring.progress();
        assert_eq!((told.users, told.requests, told.failed), (1, 100, 1));
        assert!((told.p95_ms - 95.0).abs() < 1e-9, "{told:?}");
        let told = figuring.progress();
        assert_eq!((told.users, told.requests, told.failed), (1, 0, 0));
        assert_eq!(
            figuring.take(&Target::default()).samples("GET /").count(),
            100
        );
    }
}
