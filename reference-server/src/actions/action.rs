//! One action: what it is, and how far it has come.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio_util::sync::CancellationToken;

use crate::delivery::described::{ActionId, Described};
use crate::ground::lock::lock;

pub(super) struct Action {
    pub(super) id: ActionId,
    pub(super) kind: &'static str,
    pub(super) name: String,
    /// Percent, or a status from the contract. Relaxed: it is read by itself and orders nothing else.
    progress: AtomicI64,
    /// The state that the owner reads. Locked for a moment; no other lock is taken while it is held.
    state: Mutex<&'static str>,
    pub(super) stop: CancellationToken,
}

impl Action {
    /// A new action. Its progress is set before anybody can list it, so that a list does not depend on which task was
    /// quicker.
    pub(super) const fn new(
        id: ActionId,
        kind: &'static str,
        name: String,
        begins_at: i64,
        stop: CancellationToken,
    ) -> Self {
        Self {
            id,
            kind,
            name,
            progress: AtomicI64::new(begins_at),
            state: Mutex::new("running"),
            stop,
        }
    }

    pub(super) fn describe(&self) -> Described {
        Described {
            id: self.id.clone(),
            kind: self.kind,
            name: self.name.clone(),
            state: *lock(&self.state),
            progress: self.progress(),
        }
    }

    pub(super) fn progress(&self) -> i64 {
        self.progress.load(Ordering::Relaxed)
    }

    pub(super) fn set_progress(&self, percent: i64) {
        self.progress.store(percent, Ordering::Relaxed);
    }

    pub(super) fn ends(&self, state: &'static str) {
        *lock(&self.state) = state;
    }
}
