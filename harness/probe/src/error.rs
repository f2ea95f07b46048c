//! Why something could not be done at all. A refusal by the target is not an error; it is an answer.

use thiserror::Error;

use crate::recording::RecorderError;

/// Why something could not be done at all.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// No connection, or no answer in time.
    #[error("no answer to {asked}: {why}")]
    NoAnswer {
        /// What was asked, as `GET /login`.
        asked: String,
        /// What the transport says.
        why: String,
        /// Its time was over.
        is_late: bool,
        /// The target may have got it.
        is_sent: bool,
    },
    /// The target was connected, and never said that the tab is open.
    #[error("{place} is not open: {why}")]
    NotReady {
        /// Whose tab.
        place: String,
        /// What was waited for, and how long.
        why: String,
    },
    /// The target file and the command line name no address.
    #[error("the target has no address")]
    NoAddress,
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
    /// The target file does not say how.
    #[error("the target file does not say how to {0}")]
    NotOffered(String),
    /// The client that shall do it cannot. Nothing was found out about the target.
    #[error(transparent)]
    Client(walk::NotOffered),
    /// A header or a path that cannot be sent.
    #[error("`{0}` cannot be sent")]
    Unsendable(String),
    /// A name in a step of the target file stands for nothing.
    #[error("{0}")]
    Unset(String),
    /// The socket is closed.
    #[error("{0}")]
    Closed(String),
    /// The meter's readings were taken more slowly than they came in.
    #[error("{0} readings were missed, so the figures are not reliable")]
    Unmeasured(u64),
    /// The history cannot be written.
    #[error(transparent)]
    Recorder(#[from] RecorderError),
}
