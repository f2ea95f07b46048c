//! A program's own file is replaced by a new one.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use tempfile::{NamedTempFile, TempPath};

use crate::disk::{Disk, Kernel, sync_folder_on};
use crate::unwritten::NotWritten;

/// What a file must survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlasts {
    /// The end of this process, even if it is killed.
    TheProcess,
    /// A crash of the machine as well.
    TheMachine,
}

/// Replaces `path` with what `fill` writes. The text first goes into the file `beside`, in the same folder. The caller
/// names it, so that the next start finds what a killed process has left; no two writers may use one name at a time.
/// `mode` is that of the file, as for open(2). `fill` may change it.
///
/// # Errors
/// If `path` is unchanged, `beside` is removed. If only the sync of the folder failed, the new file is in place but may
/// not survive a crash of the machine.
pub fn replace(
    path: &Path,
    beside: &Path,
    mode: u32,
    outlasts: Outlasts,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), NotWritten> {
    replace_on(&mut Kernel, path, beside, mode, outlasts, fill).map_err(NotWritten::at(path))
}

pub(crate) fn replace_on(
    disk: &mut impl Disk,
    path: &Path,
    beside: &Path,
    mode: u32,
    outlasts: Outlasts,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    // It is removed when it is dropped: on a full disk, it would take the room that the next attempt needs.
    let removed = TempPath::try_from_path(beside)?;
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(beside)?;
    let mut unfinished = NamedTempFile::from_parts(file, removed);
    fill(unfinished.as_file_mut())?;
    if outlasts == Outlasts::TheMachine {
        disk.sync(unfinished.as_file())?;
    }
    disk.place(unfinished, path)?;
    match outlasts {
        Outlasts::TheProcess => Ok(()),
        Outlasts::TheMachine => sync_folder_on(disk, path),
    }
}

/// Gives the new file the owner and the mode of the old one, if there is an old one: whoever read that must be able to
/// read the new one, even if root wrote it. Extended attributes and the label are those of a new file. So is an access
/// list (a POSIX ACL), and with one, the mode's group bits were the list's mask: the group may get more than it had.
///
/// # Errors
/// The old file cannot be looked at, or this user may not give files away.
pub fn keep_owner(old: &Path, new: &File) -> io::Result<()> {
    let old = match fs::metadata(old) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    let now = new.metadata()?;
    if (old.uid(), old.gid()) != (now.uid(), now.gid()) {
        std::os::unix::fs::fchown(new, Some(old.uid()), Some(old.gid()))?;
    }
    new.set_permissions(old.permissions())
}
