//! The clock for sessions and lockouts: the system's clock, or one that a test moves.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since 1970. Clones are the same clock.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<AtomicU64>>);

impl Clock {
    /// A clock that stands still until it is moved.
    #[must_use]
    pub fn standing(since_1970: Duration) -> Self {
        Self(Some(Arc::new(AtomicU64::new(since_1970.as_secs()))))
    }

    /// Moves a standing clock. The system's clock is not affected.
    pub fn forward(&self, time: Duration) {
        if let Some(seconds) = &self.0 {
            seconds.fetch_add(time.as_secs(), Ordering::SeqCst);
        }
    }

    /// Seconds since 1970. Sequentially consistent, so that a test that moves the clock sees the effect in every
    /// thread.
    pub(crate) fn now(&self) -> u64 {
        match &self.0 {
            Some(seconds) => seconds.load(Ordering::SeqCst),
            None => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
