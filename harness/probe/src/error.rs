//! Why something could not be done at all, over HTTP or over a socket.
//!
//! Both clients share one enum: a caller only needs to know whether something could be done. A refusal by the target
//! is not an error; it is an answer.

use std::error::Error as _;

use thiserror::Error;

use crate::recording::RecorderError;

/// Why something could not be done at all.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// No connection, or no answer in time.
    #[error("no answer to {asked}")]
    NoAnswer {
        /// Method and path.
        asked: String,
        /// What the transport says.
        #[source]
        source: reqwest::Error,
    },
    /// The socket could not be opened.
    #[error("no connection for {place}: {why}")]
    NoConnection {
        /// Whose socket.
        place: String,
        /// What the transport says.
        why: String,
    },
    /// The connection broke before the target said that the socket is ready, and the target gave no reason.
    #[error("the connection of {place} broke before it was ready: {why}")]
    Broke {
        /// Whose socket.
        place: String,
        /// What the transport says.
        why: String,
    },
    /// The socket was opened, but the target never said that it is ready, or never sent what was missed.
    #[error("{place} waited {seconds} s for {event}")]
    NotReady {
        /// Whose socket.
        place: String,
        /// The event or the answer that never came.
        event: String,
        /// How long.
        seconds: u64,
    },
    /// The file to trust is not a certificate.
    #[error("cannot trust {}: {why}", path.display())]
    Trust {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] native_tls::Error),
    /// The client cannot do it.
    #[error("the client cannot {0}")]
    NotOffered(&'static str),
    /// A header or a path that cannot be sent.
    #[error("`{0}` cannot be sent")]
    Unsendable(String),
    /// The socket is closed.
    #[error("{0} is closed")]
    Closed(String),
    /// The meter's readings were taken more slowly than they came in.
    #[error("{0} readings were missed, so the figures are not reliable")]
    Unmeasured(u64),
    /// The history cannot be written.
    #[error(transparent)]
    Recorder(#[from] RecorderError),
}

impl ProbeError {
    /// The error with its innermost cause; for a timeout, that no answer came in time.
    #[must_use]
    pub fn in_words(&self) -> String {
        if let Self::NoAnswer { source, .. } = self
            && source.is_timeout()
        {
            return format!("{self} in time");
        }
        self.source().map_or_else(
            || self.to_string(),
            |cause| format!("{self}: {}", innermost(cause)),
        )
    }
}

/// The innermost cause. The outer errors only say what was tried.
pub(crate) fn innermost<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> &'a (dyn std::error::Error + 'static) {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause
}
