//! The calls to the file system that decide what survives: a sync, and a rename within a folder.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

/// The calls whose order matters. A test records it.
pub(crate) trait Disk {
    fn sync(&mut self, file: &File) -> io::Result<()>;
    /// Gives the file its name. If that fails, the file is removed.
    fn place(&mut self, unfinished: NamedTempFile, path: &Path) -> io::Result<()>;
}

pub(crate) struct Kernel;

impl Disk for Kernel {
    fn sync(&mut self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn place(&mut self, unfinished: NamedTempFile, path: &Path) -> io::Result<()> {
        keep(unfinished, path)
    }
}

/// Gives a file its final name. The caller syncs the file before, and syncs the folder once after the last of several
/// files.
///
/// # Errors
/// It could not be renamed. Then it is removed.
pub fn keep(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Renames a file within its folder, and syncs the folder.
///
/// # Errors
/// It could not be renamed, or the new name may not survive a crash of the machine.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_folder_of(to)
}

/// Syncs the folder of this file, so that files created, renamed or removed there survive a crash of the machine.
///
/// # Errors
/// The folder cannot be opened or synced.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    sync_folder_on(&mut Kernel, path)
}

pub(crate) fn sync_folder_on(disk: &mut impl Disk, path: &Path) -> io::Result<()> {
    let folder = File::open(folder_of(path))?;
    match disk.sync(&folder) {
        // This file system has nothing to sync in a folder.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

/// The folder of this file. A name alone is in the current one.
pub(crate) fn folder_of(path: &Path) -> &Path {
    let folder = path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}
