//! Files and folders that other processes may change too. Every call here may block on the disk.

use std::fs;
use std::io;
use std::path::Path;

use rustix::fs::Access;

/// Reads a file that this server wrote. Anything that is not a regular file is refused, because reading it could block
/// for ever. So is a file above `largest` bytes, which this server cannot have written.
pub(crate) fn read_file(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let found = fs::symlink_metadata(path)?;
    if !found.is_file() || found.len() > largest {
        return Err(io::ErrorKind::InvalidData.into());
    }
    fs::read(path)
}

/// Whether this user could write into the folder, or create it if it is missing. Creates nothing.
pub(crate) fn could_write(folder: &Path) -> io::Result<()> {
    let mut existing = folder.ancestors().filter(|folder| folder.exists());
    let existing = existing.next().unwrap_or(Path::new("."));
    if !existing.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    rustix::fs::access(existing, Access::WRITE_OK | Access::EXEC_OK)?;
    fs::read_dir(existing).map(drop)
}
