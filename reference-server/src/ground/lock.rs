//! The one way in which a lock is taken.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the lock, also after a panic of somebody who held it: what a lock guards here is whole between any two
/// statements, and a server that refuses everybody because one task failed would help nobody.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
