//! A recorded history in, a report out; no network and no clock.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use evidence::history::{History, HistoryError};
use evidence::properties;

use crate::report::{Judged, Report};

/// Why a history could not be judged: what, where and how to mend it.
#[derive(Debug)]
pub(crate) enum RecheckError {
    /// A file cannot be read.
    Read { path: PathBuf, source: io::Error },
    /// A report cannot be written.
    Write { path: PathBuf, source: io::Error },
    /// The file is no UTF-8.
    NotText { path: PathBuf, at: usize },
    /// The file is no history.
    History { path: PathBuf, source: HistoryError },
    /// There is no such property.
    UnknownProperty { path: PathBuf, name: String },
}

impl RecheckError {
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write {
            path: path.to_owned(),
            source,
        }
    }

    /// 2 for input that is wrong, 4 for a file that cannot be written.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Write { .. } => 4,
            _ => 2,
        }
    }
}

impl fmt::Display for RecheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, source } => write!(
                f,
                "error: cannot read the history: {source}\n  at:  {}\n  fix: name a file that a run wrote",
                path.display()
            ),
            Self::Write { path, source } => write!(
                f,
                "error: cannot write: {source}\n  at:  {}\n  fix: name a place that can be written",
                path.display()
            ),
            Self::NotText { path, at } => write!(
                f,
                "error: the history is not UTF-8\n  at:  {}, byte {at}\n  fix: restore the file as the recorder wrote it",
                path.display()
            ),
            Self::History { path, source } => {
                write!(f, "error: {source}")?;
                if let Some(cause) = source.source() {
                    write!(f, ": {cause}")?;
                }
                write!(f, "\n  at:  {}\n  fix: {}", path.display(), source.fix())
            }
            Self::UnknownProperty { path, name } => write!(
                f,
                "error: there is no property `{name}`\n  at:  {}\n  fix: choose from `airtight properties`",
                path.display()
            ),
        }
    }
}

/// Reads the bytes of `path` as a history. A character that a killed run cut in two at the very end
/// is left out with the line it stands in.
pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<History, RecheckError> {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(error) => {
            return Err(RecheckError::NotText {
                path: path.to_owned(),
                at: error.valid_up_to(),
            });
        }
    };
    History::parse(text).map_err(|source| RecheckError::History {
        path: path.to_owned(),
        source,
    })
}

/// Judges what the history was recorded for, or `only` these properties.
pub(crate) fn judge(
    path: &Path,
    history: &History,
    only: &[String],
) -> Result<Report, RecheckError> {
    let names = if only.is_empty() {
        &history.scene.expect
    } else {
        only
    };
    let judged = names.iter().map(|name| match properties::named(name) {
        Some(property) => Ok(Judged::new(
            history,
            property.name,
            (property.judge)(history),
        )),
        None => Err(RecheckError::UnknownProperty {
            path: path.to_owned(),
            name: name.clone(),
        }),
    });
    Ok(Report::new(history, judged.collect::<Result<_, _>>()?))
}
