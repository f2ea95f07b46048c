//! What a history may grow to, and why it takes no more.

use std::io;

use thiserror::Error;

/// Bytes a history may have. Twenty users' minute under load is a twentieth of it.
pub(super) const MOST: u64 = 256 << 20;
/// Observations that may wait for the disk: ten seconds of a thousand sessions with a hundred events a
/// second each, in some 500 MB.
pub(super) const WAITING: u64 = 1_000_000;
/// Bytes of frames that may wait for the disk: one may be large.
pub(super) const WAITING_BYTES: u64 = 512 << 20;
/// Bytes of a message that is still read: what is longer nobody can judge.
pub(crate) const LONGEST: usize = 64 << 20;
/// Why a history could not be written.
#[derive(Debug, Error)]
pub enum RecorderError {
    /// The file took no more.
    #[error("cannot write the history")]
    Write(#[source] io::Error),
    /// A target that sends without end must not fill the disk.
    #[error("the history has reached {} MiB", MOST >> 20)]
    Full,
    /// The disk is slower than the clients.
    #[error("{WAITING} observations, or {} MiB of them, wait for the disk", WAITING_BYTES >> 20)]
    Behind,
    /// One socket was sent more than a client can count.
    #[error("a socket was sent more different names of events, or more at once, than can be kept")]
    Crowded,
    /// One message was longer than a client reads.
    #[error("a message was longer than {} MiB, and was not read", LONGEST >> 20)]
    TooLong,
    /// The writing thread is gone.
    #[error("the recorder stopped before its clients did")]
    Stopped,
}

/// Why something that was seen is not in the history.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lost {
    /// Too many waited for the disk.
    Behind,
    /// One socket was sent more than can be kept.
    Crowded,
    /// One message was longer than a client reads.
    TooLong,
}

impl RecorderError {
    /// Whether it took no more, and what was written until then can be judged: the history says so itself.
    #[must_use]
    pub const fn is_told(&self) -> bool {
        matches!(
            self,
            Self::Full | Self::Behind | Self::Crowded | Self::TooLong
        )
    }
}

impl From<Lost> for RecorderError {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Behind => Self::Behind,
            Lost::Crowded => Self::Crowded,
            Lost::TooLong => Self::TooLong,
        }
    }
}
