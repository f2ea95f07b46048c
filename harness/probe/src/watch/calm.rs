//! Waiting for what is due, and deciding when it is lost: only while the harness and the target are both responsive.
//!
//! In: a site, and what is still due. Out: whether everything had enough time, or why nobody can tell.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::lock::lock;
use crate::recording::Recorder;
use crate::site::Site;
use crate::watch::due::{Due, Progress, all, come_or_closed, progress};
use crate::watch::lag::{Lag, told};
use crate::watch::pulse::{self, Pulse};

/// How long nothing new of what is due may come, while harness and target are responsive, before it counts as lost.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// The same at the end of a run, where the target file promises nothing: what is due may be the end of a slow job.
const UNPROMISED: Duration = Duration::from_secs(10);
/// How late the harness may be in that time: a tenth of it.
const LATE: Duration = Duration::from_millis(500);
/// How often to look for something new.
const LOOK: Duration = Duration::from_millis(100);
/// How often a run listens in all, if the target does not answer afterwards.
const LISTENS: u32 = 3;

/// What had come by a given moment.
#[derive(Clone, Debug)]
struct Mark {
    at: Instant,
    progress: Progress,
}

/// A watch on one run. Clones are the same.
#[derive(Clone, Debug)]
pub struct Watch(Arc<Watching>);

#[derive(Debug)]
struct Watching {
    site: Arc<Site>,
    lag: Lag,
    pulse: Mutex<Option<Pulse>>,
    mark: Mutex<Option<Mark>>,
}

impl Watch {
    /// Starts watching the harness. The target is asked only once something is slow.
    #[must_use]
    pub fn start(site: Arc<Site>, recorder: Recorder) -> Self {
        Self(Arc::new(Watching {
            site,
            lag: Lag::watch(recorder),
            pulse: Mutex::default(),
            mark: Mutex::default(),
        }))
    }

    /// How long nothing new of what is due may come at the end of a run before it counts as lost.
    #[must_use]
    pub fn patience(&self) -> Duration {
        match self.0.site.target().prompt {
            Some(_) => PATIENCE,
            None => UNPROMISED,
        }
    }

    /// The harness's lateness.
    #[must_use]
    pub fn lag(&self) -> &Lag {
        &self.0.lag
    }

    /// Something is slow: from now on the target is asked whether it answers. `due` is what it owes.
    pub async fn ask(&self, due: impl AsyncFnOnce() -> Vec<Due>) {
        lock(&self.0.pulse).get_or_insert_with(|| Pulse::start(Arc::clone(&self.0.site)));
        let last = lock(&self.0.mark).as_ref().map(|mark| mark.at);
        if last.is_some_and(|at| at.elapsed() < PATIENCE / 10) {
            return;
        }
        let at = Instant::now();
        let progress = progress(&due().await);
        let mut mark = lock(&self.0.mark);
        if mark.as_ref().is_none_or(|mark| mark.progress != progress) {
            *mark = Some(Mark { at, progress });
        }
    }

    /// Since when the target has answered promptly and the harness was not late; `None` until the target is asked.
    fn calm_since(&self) -> Option<Instant> {
        let prompt = lock(&self.0.pulse).as_ref().map(Pulse::prompt_since)?;
        Some(
            self.0
                .lag
                .last(LATE)
                .map_or(prompt, |late| late.max(prompt)),
        )
    }

    /// Whether, for this long, the target has answered promptly and the harness was not late.
    #[must_use]
    pub fn is_calm_for(&self, time: Duration) -> bool {
        let since = self.calm_since();
        since.is_some_and(|since| since.elapsed() >= time)
    }

    /// A client that had stopped reading reads again. What was missing until now does not count as lost.
    pub fn anew(&self) {
        *lock(&self.0.mark) = None;
    }

    /// Listens for this long, for events that must not come, and again if the target does not answer afterwards. Gives
    /// how long it listened, and what was wrong with the target's last answer.
    pub async fn listen(&self, time: Duration) -> (Duration, Option<String>) {
        let (began, mut trouble) = (Instant::now(), None);
        for _ in 0..LISTENS {
            sleep(time).await;
            trouble = pulse::question(&self.0.site).await;
            if trouble.is_none() {
                break;
            }
        }
        (began.elapsed(), trouble)
    }

    /// Asks the target now. Gives what is wrong, if anything is.
    pub async fn question(&self) -> Option<String> {
        pulse::question(&self.0.site).await
    }

    /// What was slow since `from`, the harness or the target, in words.
    #[must_use]
    pub fn trouble(&self, from: Instant) -> Option<String> {
        let late = self.0.lag.since(from);
        if late >= LATE {
            return Some(told(late));
        }
        let pulse = lock(&self.0.pulse);
        let pulse = pulse.as_ref()?;
        let trouble = pulse.trouble().filter(|_| pulse.prompt_since() >= from)?;
        Some(format!("the target was slow for everybody: {trouble}"))
    }

    /// Waits until everything that is due has come or is lost. It is lost when nothing new has come for a whole
    /// patience while the target answered and the harness was not late; a stall of either starts that time again. If this is
    /// still undecided after `most`, gives the reason.
    pub async fn settle(&self, due: Vec<Due>, most: Duration) -> Option<String> {
        let patience = self.patience();
        let began = Instant::now();
        if timeout(LOOK, all(&due, most)).await.is_ok() && come_or_closed(&due) {
            return None;
        }
        // What was already missing before this began, and for how long.
        self.ask(async || due.clone()).await;
        let mut mark = Mark {
            at: began,
            progress: progress(&due),
        };
        let known = lock(&self.0.mark).clone();
        if let Some(known) = known.filter(|known| known.progress == mark.progress) {
            mark = known;
        }
        loop {
            let is_calm = |since: Instant| since.max(mark.at).elapsed() >= patience;
            if self.calm_since().is_some_and(is_calm) {
                return None;
            }
            let left = most.saturating_sub(began.elapsed());
            if left.is_zero() {
                let trouble = self.trouble(began);
                return Some(trouble.unwrap_or_else(|| "events were still arriving".to_owned()));
            }
            if timeout(LOOK, all(&due, left)).await.is_ok() && come_or_closed(&due) {
                return None;
            }
            let progress = progress(&due);
            if progress != mark.progress {
                let at = Instant::now();
                mark = Mark { at, progress };
            }
        }
    }
}
