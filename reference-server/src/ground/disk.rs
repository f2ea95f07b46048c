//! Files and folders that this process does not own alone. Blocking.

use std::fs;
use std::io;
use std::path::Path;

use rustix::fs::Access;

/// Reads a file of ours: one that is no file would block for ever, and a larger one is none of ours.
pub(crate) fn read_file(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let there = fs::symlink_metadata(path)?;
    if !there.is_file() || there.len() > largest {
        return Err(io::ErrorKind::InvalidData.into());
    }
    fs::read(path)
}

/// Whether this user could write into the folder, or make it where it is missing. Nothing is made.
pub(crate) fn could_write(folder: &Path) -> io::Result<()> {
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    let mut there = folder.ancestors().filter(|folder| folder.exists());
    let there = there.next().unwrap_or(Path::new("."));
    if !there.is_dir() {
        return Err(named(io::ErrorKind::NotADirectory.into()));
    }
    let access = rustix::fs::access(there, Access::WRITE_OK | Access::EXEC_OK);
    access.map_err(|error| named(error.into()))?;
    fs::read_dir(there).map(drop).map_err(named)
}
