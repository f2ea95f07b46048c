//! The one way in which a lock is taken here.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the lock, also after a panic of somebody who held it: what it guards is whole after each line that changes
/// it, and the run is to be ended and judged all the same.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
