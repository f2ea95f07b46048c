//! Where the log goes: to the journal with native fields, or to standard error. With LOG_DIR it also goes to
//! `app.log`, and warnings and errors to `error.log`.
//!
//! A line that belongs to a request has the request's id. The requests themselves are in `access.log` and in the
//! journal.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use diagnostics::{Diagnostic, Place};
use thiserror::Error;
use tracing_subscriber::filter::{LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, reload};

use crate::ground::disk;
use crate::operation::log_files::{LogFile, LogFiles};
use crate::settings::{LogFormat, Settings};

/// The target of the lines that report requests.
pub(crate) const ACCESS: &str = "reference_server::access";

/// Why the log cannot be opened.
#[derive(Debug, Error)]
pub(crate) enum LogError {
    /// The folder or a file cannot be written.
    #[error("cannot write the logs: {source}")]
    Files {
        /// The value of LOG_DIR.
        folder: PathBuf,
        /// The error of the file system.
        source: io::Error,
    },
    /// The level is not valid.
    #[error("`LOG_LEVEL` is not a valid filter: {0}")]
    Level(#[source] tracing_subscriber::filter::ParseError),
}

impl LogError {
    fn files(folder: &Path) -> impl FnOnce(io::Error) -> Self {
        let folder = folder.to_owned();
        move |source| Self::Files { folder, source }
    }

    /// The error as a person reads it.
    pub(crate) fn diagnostic(&self) -> Diagnostic {
        let (place, fix) = match self {
            Self::Files { folder, .. } => (
                Place::named(folder.display()),
                "set LOG_DIR to a folder that the server may write",
            ),
            Self::Level(_) => (
                Place::named("LOG_LEVEL"),
                "set LOG_LEVEL to a level, such as info",
            ),
        };
        Diagnostic::new(self, place, fix)
    }
}

/// The logs of a running server.
pub(crate) struct Logs {
    files: Option<LogFiles>,
    filter: reload::Handle<Targets, Registry>,
}

impl Logs {
    pub(crate) fn files(&self) -> Option<LogFiles> {
        self.files.clone()
    }

    /// Reopens the files after a rotation.
    pub(crate) fn reopen(&self) -> io::Result<()> {
        self.files.as_ref().map_or(Ok(()), LogFiles::reopen)
    }

    /// Puts a new LOG_LEVEL into effect.
    pub(crate) fn filter(&self, settings: &Settings) {
        let new = settings.log_level.parse::<Targets>();
        let changed = new.map(|filter| self.filter.reload(filter));
        if !matches!(changed, Ok(Ok(()))) {
            tracing::error!("the new LOG_LEVEL cannot be used");
        }
    }
}

/// Whether the logs could be opened. Creates nothing, because the check may run as another user than the service.
pub(crate) fn check(settings: &Settings) -> Result<(), LogError> {
    settings
        .log_level
        .parse::<Targets>()
        .map_err(LogError::Level)?;
    let folder = settings.log_folder.as_deref();
    folder.map_or(Ok(()), |folder| {
        disk::could_write(folder)
            .and_then(|()| LogFiles::could_open(folder))
            .map_err(LogError::files(folder))
    })
}

fn open(settings: &Settings) -> Result<(Targets, Option<LogFiles>), LogError> {
    let filter = settings
        .log_level
        .parse::<Targets>()
        .map_err(LogError::Level)?;
    let files = settings
        .log_folder
        .as_deref()
        .map(|folder| LogFiles::open(folder, settings.log_format).map_err(LogError::files(folder)));
    Ok((filter, files.transpose()?))
}

/// Opens the logs of this process.
pub(crate) fn start(settings: &Settings) -> Result<Logs, LogError> {
    let (filter, files) = open(settings)?;
    let (filter, handle) = reload::Layer::new(filter);
    let format = settings.log_format;
    let not_access = || filter_fn(|line| line.target() != ACCESS);
    // If the journal is missing, this is an error, and the lines go to standard error.
    let journal = under_systemd().then(tracing_journald::layer);
    let journal = journal.and_then(Result::ok);
    let to_stderr = journal.is_none().then(|| {
        let ansi = io::stderr().is_terminal();
        layer(format, io::stderr, ansi).with_filter(not_access())
    });
    let to_app = files
        .clone()
        .map(|files| layer::<_, LogFile>(format, files.app, false).with_filter(not_access()));
    let to_error = files.clone().map(|files| {
        layer::<_, LogFile>(format, files.error, false).with_filter(LevelFilter::WARN)
    });
    tracing_subscriber::registry()
        .with(filter)
        .with(filter_fn(is_ours_or_a_warning))
        .with(journal)
        .with(to_stderr)
        .with(to_app)
        .with(to_error)
        .init();
    Ok(Logs {
        files,
        filter: handle,
    })
}

fn layer<S, W>(format: LogFormat, writer: W, ansi: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> fmt::MakeWriter<'a> + Send + Sync + 'static,
{
    // A line that cannot be written is lost. Reporting it on standard error would panic if that fails too.
    let layer = fmt::layer().log_internal_errors(false).with_writer(writer);
    match format {
        LogFormat::Text => layer.with_ansi(ansi).boxed(),
        LogFormat::Json => layer.json().boxed(),
    }
}

/// Lets through our own lines, and only warnings of the libraries, whatever LOG_LEVEL says: at lower levels the
/// libraries would log every user's payloads and transport ids.
fn is_ours_or_a_warning(line: &tracing::Metadata<'_>) -> bool {
    *line.level() <= tracing::Level::WARN || line.target().starts_with(env!("CARGO_CRATE_NAME"))
}

/// Whether standard error is the journal: systemd gives its device and inode in a variable.
pub(crate) fn under_systemd() -> bool {
    let Ok(named) = std::env::var("JOURNAL_STREAM") else {
        return false;
    };
    rustix::fs::fstat(io::stderr())
        .is_ok_and(|found| named == format!("{}:{}", found.st_dev, found.st_ino))
}
