//! How large a history may grow, and why it may stop before the run ends.

use std::io;

use thiserror::Error;

/// Bytes that a history may have: about twenty times a minute of load by twenty users.
pub(super) const MOST: u64 = 256 << 20;
/// Observations that may wait for the disk: ten seconds of a thousand sessions with a hundred events a second each,
/// about 500 MB.
pub(super) const WAITING: u64 = 1_000_000;
/// Bytes of frames that may wait for the disk, because a single frame may be large.
pub(super) const WAITING_BYTES: u64 = 512 << 20;
/// Why a history could not be written.
#[derive(Debug, Error)]
pub enum RecorderError {
    /// Writing to the file failed.
    #[error("cannot write the history")]
    Write(#[source] io::Error),
    /// A target that sends without end must not fill the disk.
    #[error("the history has reached {} MiB", MOST >> 20)]
    Full,
    /// The disk is slower than the clients.
    #[error("{WAITING} observations, or {} MiB of them, wait for the disk", WAITING_BYTES >> 20)]
    Behind,
    /// One socket received more than a client can count.
    #[error(
        "a socket received more distinct event names, or more events at once, than can be kept"
    )]
    Crowded,
    /// A client could not go on: a message was longer than it reads, or its program ended.
    #[error("a client could not go on: {0}")]
    Ended(String),
    /// The writing thread has ended.
    #[error("the recorder stopped before its clients did")]
    Stopped,
}

/// Why an observation is not in the history.
#[derive(Clone, Debug)]
pub(crate) enum Lost {
    /// Too many waited for the disk.
    Behind,
    /// One socket received more than can be kept.
    Crowded,
    /// A client could not go on, for this reason.
    Ended(String),
}

impl RecorderError {
    /// Whether the history stopped early but can still be judged up to that point: its last line says so.
    #[must_use]
    pub const fn is_told(&self) -> bool {
        matches!(
            self,
            Self::Full | Self::Behind | Self::Crowded | Self::Ended(_)
        )
    }
}

impl From<Lost> for RecorderError {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Behind => Self::Behind,
            Lost::Crowded => Self::Crowded,
            Lost::Ended(why) => Self::Ended(why),
        }
    }
}
