//! The witness of a trial: everything that came, in its order, and where.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use targets::language::came::Came;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use walk::{Sight, Whereabouts, Witness};

/// Sights that are kept, and bytes of them. What comes later is not looked at, and the trial says so.
const SIGHTS: usize = 100_000;
const BYTES: usize = 128 << 20;
/// How long nothing new may come until a target counts as quiet.
const QUIET: Duration = Duration::from_millis(300);

/// One thing that came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) at: Whereabouts,
    pub(crate) what: What,
    /// When it came.
    pub(crate) when: Instant,
}

/// What came.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// An answer to this request.
    Answer(String, Came),
    /// A socket was opened.
    Opened,
    /// A message, of a socket or of an answer.
    Heard(Came),
    /// What is no packet, and why.
    Malformed(String),
    /// The server ended a socket, in its words.
    Closed(String),
}

impl Seen {
    /// What came, where it is anything that can carry a text.
    pub(crate) const fn came(&self) -> Option<&Came> {
        match &self.what {
            What::Answer(_, came) | What::Heard(came) => Some(came),
            What::Opened | What::Malformed(_) | What::Closed(_) => None,
        }
    }

    /// The name of the event, where it is one.
    pub(crate) fn event(&self) -> Option<&str> {
        match &self.what {
            What::Heard(came) => came.event.as_deref(),
            _ => None,
        }
    }
}

/// The place in words: `alice/desktop/1`.
pub(crate) fn named(at: &Whereabouts) -> String {
    let user = at.user.as_deref().unwrap_or("a stranger");
    match &at.tab {
        Some(tab) => format!("{user}/{}/{tab}", at.session),
        None => format!("{user}/{}", at.session),
    }
}

/// Everything that came.
#[derive(Debug, Default)]
pub(crate) struct Eyes {
    log: Mutex<Log>,
    bell: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Log {
    seen: Vec<Seen>,
    bytes: usize,
    is_full: bool,
}

impl Eyes {
    fn log(&self) -> MutexGuard<'_, Log> {
        // Nothing panics while it holds the lock.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much has come: a moment to ask about later.
    pub(crate) fn now(&self) -> usize {
        self.log().seen.len()
    }

    /// What came after this moment.
    pub(crate) fn since(&self, moment: usize) -> Vec<Seen> {
        self.log().seen.get(moment..).unwrap_or_default().to_vec()
    }

    /// Whether more came than is kept.
    pub(crate) fn is_full(&self) -> bool {
        self.log().is_full
    }

    /// The names of the events that came to this place, each once.
    pub(crate) fn events(&self, at: &Whereabouts) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let log = self.log();
        for seen in log.seen.iter().filter(|seen| seen.at == *at) {
            if let Some(event) = seen.event()
                && !all.iter().any(|known| known == event)
            {
                all.push(event.to_owned());
            }
        }
        all
    }

    /// Waits until this is so, for as long at most.
    pub(crate) async fn until(&self, within: Duration, is_so: impl Fn(&[Seen]) -> bool) -> bool {
        let deadline = Instant::now() + within;
        let mut bell = self.bell.subscribe();
        loop {
            bell.mark_unchanged();
            if is_so(&self.log().seen) {
                return true;
            }
            if timeout_at(deadline, bell.changed()).await.is_err() {
                return false;
            }
        }
    }

    /// Waits until nothing new has come for a while, for as long at most.
    pub(crate) async fn quiet(&self, within: Duration) {
        let deadline = Instant::now() + within;
        let mut bell = self.bell.subscribe();
        while Instant::now() < deadline {
            bell.mark_unchanged();
            let still = (Instant::now() + QUIET).min(deadline);
            if timeout_at(still, bell.changed()).await.is_err() {
                return;
            }
        }
    }
}

impl Witness for Eyes {
    fn see(&self, at: &Whereabouts, sight: &Sight<'_>) {
        let (what, bytes) = match sight {
            Sight::Answered {
                asked, came, raw, ..
            } => (
                What::Answer((*asked).to_owned(), (*came).clone()),
                raw.len(),
            ),
            Sight::Opened { .. } => (What::Opened, 0),
            Sight::Heard { came, raw, .. } => (What::Heard((*came).clone()), raw.len()),
            Sight::Malformed { why, .. } => (What::Malformed((*why).to_owned()), 0),
            Sight::Closed { close, .. } => (What::Closed(close.reason.clone()), 0),
            // What it was heard for is known here already.
            Sight::Told { .. } | Sight::Member { .. } | Sight::Silent { .. } => return,
        };
        let mut log = self.log();
        if log.seen.len() >= SIGHTS || log.bytes + bytes > BYTES {
            log.is_full = true;
            return;
        }
        log.bytes += bytes;
        log.seen.push(Seen {
            at: at.clone(),
            what,
            when: Instant::now(),
        });
        drop(log);
        self.bell.send_replace(());
    }
}
