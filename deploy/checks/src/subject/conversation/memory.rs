//! A history in memory.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evidence::History;

use crate::check::Undecided;

/// What the recorder writes, kept for whoever reads it when the writing has ended.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    /// Held for a copy of bytes alone: nobody waits for more. Whole entries stay whole after a panic elsewhere.
    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was written.
    pub(super) fn history(&self) -> Result<History, Undecided> {
        History::parse(&String::from_utf8_lossy(&self.lock())).map_err(Undecided::because)
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
