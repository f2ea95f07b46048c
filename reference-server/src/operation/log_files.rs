//! The files in LOG_DIR: `app.log`, `access.log` and `error.log`. Another program rotates them, so they are reopened
//! when the operator asks for it. Every line goes either to the old file or to the new one; none is lost.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use crate::ground::lock::lock;
use crate::settings::LogFormat;

/// A file that is only appended to. Clones are the same file.
#[derive(Clone)]
pub(crate) struct LogFile(Arc<Inner>);

struct Inner {
    path: PathBuf,
    /// Held while a line is written, which may block on the disk. No other lock is taken while it is held.
    file: Mutex<File>,
}

impl LogFile {
    fn open(path: PathBuf) -> io::Result<Self> {
        let file = Mutex::new(append(&path)?);
        Ok(Self(Arc::new(Inner { path, file })))
    }

    /// Switches from the old file to the one that has the name now.
    fn reopen(&self) -> io::Result<()> {
        let new = append(&self.0.path)?;
        *lock(&self.0.file) = new;
        Ok(())
    }

    /// Writes a whole line with one call, so that lines of several tasks never mix.
    pub(crate) fn write_line(&self, line: &str) -> io::Result<()> {
        lock(&self.0.file).write_all(line.as_bytes())
    }
}

impl Write for &LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut file = lock(&self.0.file);
        file.write_all(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogFile {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

fn append(path: &Path) -> io::Result<File> {
    File::options()
        .create(true)
        .append(true)
        .mode(0o640)
        .open(path)
}

const NAMES: [&str; 3] = ["app.log", "access.log", "error.log"];

/// The three files.
#[derive(Clone)]
pub struct LogFiles {
    pub(crate) format: LogFormat,
    pub(crate) app: LogFile,
    pub(crate) access: LogFile,
    pub(crate) error: LogFile,
}

impl LogFiles {
    /// Opens them, and creates the folder if it is missing.
    ///
    /// # Errors
    /// The folder or a file cannot be written.
    pub fn open(folder: &Path, format: LogFormat) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let [app, access, error] = NAMES.map(|name| LogFile::open(folder.join(name)));
        Ok(Self {
            format,
            app: app?,
            access: access?,
            error: error?,
        })
    }

    /// Whether the files that exist could be opened.
    pub(crate) fn could_open(folder: &Path) -> io::Result<()> {
        let mut files = NAMES.map(|name| folder.join(name)).into_iter();
        files.try_for_each(
            |file| match rustix::fs::access(&file, rustix::fs::Access::WRITE_OK) {
                Err(rustix::io::Errno::NOENT) => Ok(()),
                other => Ok(other?),
            },
        )
    }

    /// Reopens them after a rotation.
    ///
    /// # Errors
    /// A file cannot be opened. The server continues to write to the old one.
    pub fn reopen(&self) -> io::Result<()> {
        self.app.reopen()?;
        self.access.reopen()?;
        self.error.reopen()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_under_traffic_loses_no_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = LogFiles::open(folder.path(), LogFormat::Text).expect("opens");
        let path = folder.path().join("access.log");
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let access = files.access.clone();
                scope.spawn(move || {
                    for i in 0..500 {
                        access
                            .write_line(&format!("{writer}:{i}\n"))
                            .expect("written");
                    }
                });
            }
            for rotation in 0..20 {
                fs::rename(&path, path.with_extension(format!("log.{rotation}"))).expect("rotated");
                files.reopen().expect("reopened");
            }
        });
        let files = fs::read_dir(folder.path()).expect("a folder");
        let lines: usize = files
            .map(|entry| fs::read_to_string(entry.expect("an entry").path()).expect("text"))
            .map(|text| text.lines().filter(|line| line.contains(':')).count())
            .sum();
        assert_eq!(lines, 2000);
    }
}
