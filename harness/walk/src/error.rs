//! Why a step could not be taken at all. A refusal is none: it is an answer.

use targets::language::template::Unset;
use thiserror::Error;
use wires::NotOffered;

/// Why a step could not be taken.
#[derive(Debug, Error)]
pub enum WalkError {
    /// No connection, or none that lasted until the answer.
    #[error("no answer to {asked}: {why}")]
    NoAnswer {
        /// What was asked.
        asked: String,
        /// In the transport's words.
        why: String,
        /// Its time was over.
        is_late: bool,
        /// The target may have got it.
        is_sent: bool,
    },
    /// A name in the step stands for nothing.
    #[error("{0}")]
    Unset(Unset),
    /// It cannot be sent as it stands.
    #[error("{0:?} cannot be sent")]
    Unsendable(String),
    /// There is no open socket for it.
    #[error("no socket is open for {0}")]
    NoSocket(String),
    /// The client that shall take it cannot do that. Nothing was found out about the target.
    #[error(transparent)]
    NotOffered(#[from] NotOffered),
}

impl From<Unset> for WalkError {
    fn from(unset: Unset) -> Self {
        Self::Unset(unset)
    }
}

/// What the transport says, from its innermost cause.
#[must_use]
pub fn innermost<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> &'a (dyn std::error::Error + 'static) {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause
}
