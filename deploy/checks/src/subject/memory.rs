//! A history in memory.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evidence::History;

use crate::check::Undecided;

/// The bytes that the recorder writes, shared with the reader that waits for the end.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    /// The lock is held only while bytes are copied, so nobody waits long. A panic elsewhere leaves the bytes whole.
    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The history, once the writing has ended.
    pub(crate) fn history(&self) -> Result<History, Undecided> {
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
