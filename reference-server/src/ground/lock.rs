//! The only way this crate takes a `Mutex`.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the lock, even if a task panicked while it held it. The data under a lock is consistent between any two
/// statements here, and one failed task must not stop the server for everybody.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
