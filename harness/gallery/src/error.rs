//! What can be wrong before anything is walked.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why the targets cannot be walked.
#[derive(Debug, Error)]
pub(crate) enum GalleryError {
    #[error("cannot {what} {}: {source}", file.display())]
    File {
        what: &'static str,
        file: PathBuf,
        source: io::Error,
    },
    #[error("{}: {why}", file.display())]
    Wrong { file: PathBuf, why: String },
    #[error("there is no target `{0}`")]
    NoTarget(String),
    #[error("{} has no target", .0.display())]
    Empty(PathBuf),
}

impl GalleryError {
    /// What to do about it.
    pub(crate) const fn fix(&self) -> &'static str {
        match self {
            Self::File { .. } => "make the file readable, or name another one",
            Self::Wrong { .. } => {
                "correct the file: scenarios/targets/README.md says what stands in it"
            }
            Self::NoTarget(_) => "name a folder below scenarios/targets",
            Self::Empty(_) => "name the folder that has the targets' folders with --targets",
        }
    }

    /// For a file on which something failed.
    pub(crate) fn file(
        what: &'static str,
        file: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let file = file.into();
        move |source| Self::File { what, file, source }
    }
}
