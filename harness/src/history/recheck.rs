//! A recorded history in, a report out; no network and no clock.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use evidence::history::{HistoryError, Lines};
use evidence::{Judging, Property, Verdict, What, properties};

use crate::failure::Failure;
use crate::report::history::Report;
use crate::report::judged::Judged;
use crate::report::timing::Timing;

/// Why a history could not be judged: what, where and how to fix it.
#[derive(Debug)]
pub(crate) enum RecheckError {
    /// A file cannot be read.
    Read { path: PathBuf, source: io::Error },
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
}

impl From<RecheckError> for Failure {
    fn from(error: RecheckError) -> Self {
        Self::input_in_full(&error)
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

/// Judges what the history in this file was recorded for, or `only` these properties, line by line: the
/// file may be larger than the memory. A last line without its line break is what a killed run leaves, and
/// is left out. A history that was cut short can show a leak, but not that there was none.
pub(crate) fn judge(path: &Path, only: &[String]) -> Result<Report, RecheckError> {
    let file = File::open(path).map_err(|source| RecheckError::read(path, source))?;
    let mut file = Text {
        path,
        file: BufReader::with_capacity(1 << 20, file),
        line: Vec::new(),
        read: 0,
    };
    let wrong = |source| RecheckError::History {
        path: path.to_owned(),
        source,
    };
    let header = file.next()?;
    let mut lines = Lines::begin(header.unwrap_or_default()).map_err(wrong)?;
    let scene = lines.scene().clone();
    let names = if only.is_empty() { &scene.expect } else { only };
    let mut judging = Judging::start(&scene, named(path, names)?);
    let (mut deliveries, mut has_end, mut time) = (0, false, Timing::default());
    while let Some(line) = file.next()? {
        let seen = lines.next(line).map_err(wrong)?;
        deliveries += u64::from(matches!(seen.what, What::Received { .. }));
        match &seen.what {
            // An end is that of its part alone, and a part that ended early has none.
            What::PartBegan { .. } => has_end = false,
            What::Settled {
                unsettled,
                listened_ms,
                ..
            } => has_end |= unsettled.is_none() || listened_ms.is_some(),
            What::RecordingStopped { .. } => has_end = true,
            _ => {}
        }
        time.see(&seen);
        judging.see(&seen);
    }
    let cut_short = !file.line.is_empty() || !has_end;
    let judged = judging.end().into_iter().map(|(property, mut finding)| {
        if cut_short && finding.verdict == Verdict::Holds {
            finding.verdict = Verdict::Undecided;
            "what came after the end of the file is not known".clone_into(&mut finding.reason);
        }
        Judged::new(&scene, property.name, finding)
    });
    let report = Report::new(&scene, deliveries, cut_short, judged.collect());
    Ok(report.timed(time))
}

fn named(path: &Path, names: &[String]) -> Result<Vec<&'static Property>, RecheckError> {
    let found = names.iter().map(|name| {
        properties::named(name).ok_or_else(|| RecheckError::UnknownProperty {
            path: path.to_owned(),
            name: name.clone(),
        })
    });
    found.collect()
}

/// A text file, line by line.
struct Text<'a> {
    path: &'a Path,
    file: BufReader<File>,
    line: Vec<u8>,
    /// Bytes before this line.
    read: usize,
}

impl Text<'_> {
    /// The next line that has its line break, without it; what follows the last one stays in `line`.
    fn next(&mut self) -> Result<Option<&str>, RecheckError> {
        self.read += self.line.len();
        self.line.clear();
        let read = self.file.read_until(b'\n', &mut self.line);
        read.map_err(|source| RecheckError::read(self.path, source))?;
        let whole = self.line.last() == Some(&b'\n');
        match str::from_utf8(&self.line) {
            Ok(line) => Ok(line.strip_suffix('\n')),
            // A killed run may have cut a character in two.
            Err(error) if !whole && error.error_len().is_none() => Ok(None),
            Err(error) => Err(RecheckError::NotText {
                path: self.path.to_owned(),
                at: self.read + error.valid_up_to(),
            }),
        }
    }
}
