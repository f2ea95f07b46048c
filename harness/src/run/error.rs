//! Why a step could not be done, and where a run stopped for it.

use evidence::UserName;
use probe::ProbeError;
use thiserror::Error;

use crate::system::local::LocalError;

/// Why a step could not be done.
#[derive(Debug, Error)]
pub(crate) enum RunError {
    #[error(transparent)]
    Probe(#[from] ProbeError),
    #[error(transparent)]
    Local(#[from] LocalError),
    #[error("the target refused the login of `{0}`: {1}")]
    Login(UserName, String),
    #[error("nobody can tell whether `{0}` is logged in: {1}")]
    NoIdentity(UserName, String),
    #[error("the target refused the socket of `{0}`")]
    Socket(String),
    #[error("the target gave no id for `{0}`")]
    NoAction(String),
    #[error("`{0}` is not known at this step")]
    Unknown(String),
    #[error("what was asked for was not seen in time")]
    Unseen,
    #[error("{0}")]
    Kind(String),
    #[error(
        "`{kind}` counts its events by `{parameter}`, which is no whole number up to 1000000000 here"
    )]
    Uncounted { kind: String, parameter: String },
    #[error("the harness did not start this target and cannot restart it")]
    Restart,
    #[error("the harness did not start this target and cannot read its log")]
    Log,
    #[error("the target file has no `{0}`")]
    NotInTarget(&'static str),
}

/// Where a run stopped, and why.
#[derive(Debug)]
pub(crate) struct Stopped {
    /// The line of the step.
    pub(crate) line: u64,
    pub(crate) error: RunError,
}
