//! A recorded history in, a report out; no network and no clock.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use diagnostics::{Diagnostic, Place, meant};
use evidence::history::{HistoryError, Lines};
use evidence::{Judging, Observation, Property, Verdict, What, properties};

use super::mistake;
use crate::failure::Failure;
use crate::report::history::Report;
use crate::report::judged::Judged;
use crate::report::timing::Timing;

/// Bytes of a line. The recorder takes a frame of up to 64 MiB, and a letter may be written as several.
const LONGEST_LINE: u64 = 256 << 20;

/// Why a history could not be judged: what, where and how to fix it.
#[derive(Debug)]
pub(crate) enum RecheckError {
    /// A file cannot be read.
    Read(Box<Diagnostic>),
    /// The file is no history, or something was asked for that there is not.
    Input(Box<Diagnostic>),
}

impl RecheckError {
    fn read(path: &Path, source: &io::Error) -> Self {
        Self::Read(Box::new(Diagnostic::new(
            format!("cannot read the history: {source}"),
            Place::named(path.display()),
            "name a file that a run wrote",
        )))
    }

    fn input(diagnostic: Diagnostic) -> Self {
        Self::Input(Box::new(diagnostic))
    }
}

impl From<RecheckError> for Failure {
    fn from(error: RecheckError) -> Self {
        let (RecheckError::Read(diagnostic) | RecheckError::Input(diagnostic)) = error;
        Self::wrong_input(*diagnostic)
    }
}

/// Judges what the history in this file was recorded for, or `only` these properties, line by line: the
/// file may be larger than the memory. A last line without its line break is what a killed run leaves, and
/// is left out. A history that was cut short can show a leak, but not that there was none.
pub(crate) fn judge(path: &Path, only: &[String]) -> Result<Report, RecheckError> {
    let mut file = Text::open(path)?;
    let wrong = |source: &HistoryError, line: &str| {
        RecheckError::input(mistake::in_history(path, source, line))
    };
    let header = file.next()?.unwrap_or_default();
    let mut lines = Lines::begin(header).map_err(|error| wrong(&error, header))?;
    let scene = lines.scene().clone();
    let names = if only.is_empty() { &scene.expect } else { only };
    let at = |name: &str| match only {
        [] => mistake::word(path, 1, header, name),
        _ => Place::named("--only"),
    };
    let mut judging = Judging::start(&scene, named(names, at)?);
    let (mut deliveries, mut has_end, mut time) = (0, false, Timing::default());
    while let Some(line) = file.next()? {
        let seen = lines.next(line).map_err(|error| wrong(&error, line))?;
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
            "the history ends before the run did, and the rest is not known"
                .clone_into(&mut finding.reason);
        }
        Judged::new(&scene, property.name, finding)
    });
    let report = Report::new(&scene, deliveries, cut_short, judged.collect());
    Ok(report.timed(time))
}

/// Shows each observation of the history in this file.
pub(crate) fn each(path: &Path, mut see: impl FnMut(&Observation)) -> Result<(), RecheckError> {
    let mut file = Text::open(path)?;
    let wrong = |source: &HistoryError, line: &str| {
        RecheckError::input(mistake::in_history(path, source, line))
    };
    let header = file.next()?.unwrap_or_default();
    let mut lines = Lines::begin(header).map_err(|error| wrong(&error, header))?;
    while let Some(line) = file.next()? {
        see(&lines.next(line).map_err(|error| wrong(&error, line))?);
    }
    Ok(())
}

fn named(
    names: &[String],
    at: impl Fn(&str) -> Place,
) -> Result<Vec<&'static Property>, RecheckError> {
    let known: Vec<&str> = evidence::PROPERTIES.iter().map(|one| one.name).collect();
    let found = names.iter().map(|name| {
        properties::named(name).ok_or_else(|| {
            let what = format!("there is no property `{name}`");
            RecheckError::input(Diagnostic::new(what, at(name), meant(name, &known)))
        })
    });
    found.collect()
}

/// A text file, line by line.
struct Text<'a> {
    path: &'a Path,
    file: BufReader<File>,
    line: Vec<u8>,
    /// Of this line, from 1.
    number: usize,
}

impl<'a> Text<'a> {
    fn open(path: &'a Path) -> Result<Self, RecheckError> {
        let file = File::open(path).map_err(|source| RecheckError::read(path, &source))?;
        Ok(Self {
            path,
            file: BufReader::with_capacity(1 << 20, file),
            line: Vec::new(),
            number: 0,
        })
    }

    /// The next line that has its line break, without it; what follows the last one stays in `line`.
    fn next(&mut self) -> Result<Option<&str>, RecheckError> {
        self.number += 1;
        self.line.clear();
        let mut bounded = { &mut self.file }.take(LONGEST_LINE + 1);
        let read = bounded.read_until(b'\n', &mut self.line);
        read.map_err(|source| RecheckError::read(self.path, &source))?;
        if self.line.len() as u64 > LONGEST_LINE {
            let place = Place::bare(self.path.display(), self.number, 1);
            let what = "a line has more than 256 MiB, which no recorder writes";
            let fix = "name the history that a run wrote";
            return Err(RecheckError::input(Diagnostic::new(what, place, fix)));
        }
        let whole = self.line.last() == Some(&b'\n');
        match str::from_utf8(&self.line) {
            Ok(line) => Ok(line.strip_suffix('\n')),
            // A killed run may have cut a character in two.
            Err(error) if !whole && error.error_len().is_none() => Ok(None),
            Err(error) => Err(RecheckError::input(mistake::not_text(
                self.path,
                self.number,
                &self.line,
                error.valid_up_to(),
            ))),
        }
    }
}
