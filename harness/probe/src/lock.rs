//! Locking, in one way everywhere.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The data under `mutex`, also where another thread panicked while it held the lock: each change under a lock of this
/// crate is whole before anything that could panic, and what other clients saw is still to be written down.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
