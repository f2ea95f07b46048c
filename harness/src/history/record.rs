//! A run's history as a file: begun with its header, written to its end, then judged from the file
//! alone, so that `recheck` gives the same.
//!
//! It grows line by line under its own name and is not renamed into place: what a killed run had seen is judged too.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use evidence::Scene;
use probe::recorder::Writing;
use probe::{Recorder, RecorderError};

use super::recheck::{self, RecheckError};
use crate::failure::Failure;
use crate::report::history::Report;

/// How long the last observations may take to be written.
const WRITING: Duration = Duration::from_secs(20);

/// A history that is being written.
pub(crate) struct Record {
    file: PathBuf,
    writing: Writing,
}

/// How the writing ended.
#[derive(Debug)]
pub(crate) enum Completeness {
    /// All is there.
    Whole,
    /// It took no more: what was written until then is judged. A leak that fills a history is a leak.
    Early(RecorderError),
}

/// The folder of one run's histories.
pub(crate) fn folder(under: &Path, seed: u64) -> Result<PathBuf, Failure> {
    let folder = under.join(format!("seed-{seed}-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| {
        Failure::world(
            format!("cannot make the folder of the histories: {error}"),
            folder.display(),
            "name another with --history",
        )
    })?;
    Ok(folder)
}

impl Record {
    pub(crate) fn start(scene: &Scene, file: PathBuf) -> Result<(Recorder, Self), Failure> {
        let out = File::create(&file).map_err(|error| cannot_write(&file, &error))?;
        let (recorder, writing) =
            Recorder::start(scene, out).map_err(|error| cannot_write(&file, &error))?;
        Ok((recorder, Self { file, writing }))
    }

    /// Drops everything that still holds the recorder, and waits until all is written.
    pub(crate) async fn finish(
        self,
        holders: impl Send + 'static,
    ) -> Result<(PathBuf, Completeness), Failure> {
        let Self { file, writing } = self;
        // Ending a server blocks until its process has ended.
        let closing = tokio::task::spawn_blocking(move || {
            drop(holders);
            writing.finish()
        });
        match tokio::time::timeout(WRITING, closing).await {
            Ok(Ok(Ok(_))) => Ok((file, Completeness::Whole)),
            Ok(Ok(Err(error))) if error.is_told() => Ok((file, Completeness::Early(error))),
            Ok(Ok(Err(error))) => Err(cannot_write(&file, &error)),
            _ => Err(cannot_write(&file, &"some client did not end")),
        }
    }
}

fn cannot_write(file: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::world(
        format!("cannot write the history: {error}"),
        file.display(),
        "name another folder with --history",
    )
}

/// What the file shows.
pub(crate) fn judge(file: &Path) -> Result<Report, Failure> {
    recheck::judge(file, &[]).map_err(|error| match error {
        RecheckError::Read(diagnostic) => Failure::wrong_world(*diagnostic),
        RecheckError::Input(diagnostic) => Failure::wrong_input(*diagnostic),
    })
}
