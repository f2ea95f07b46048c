//! What a client library cannot do. Whoever asks for it has found out nothing about the server.

use thiserror::Error;

/// It cannot do this. Our own client can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("`{library}` cannot {what}")]
pub struct NotOffered {
    /// The library's name.
    pub library: &'static str,
    /// What it cannot do, after the word "cannot".
    pub what: &'static str,
}
