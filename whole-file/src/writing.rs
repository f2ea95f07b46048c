//! What a command leaves for people, such as a report.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::getxattr;
use rustix::io::Errno;
use tempfile::{Builder, NamedTempFile};

use crate::disk::{Disk, Kernel, folder_of, sync_folder_on};
use crate::replacing::keep_owner;
use crate::unwritten::NotWritten;

/// The prefix of a file that is still being written. Only a process that was killed leaves one.
const UNFINISHED: &str = ".unfinished-";

/// What every program gives to a file that it makes for its user; the umask takes its part.
const ORDINARY: u32 = 0o666;

/// Writes a file where the user asked for one. An old file stays as it is until the new one is complete and synced; the
/// new one has its owner and mode. Its extended attributes and its label are those of a new file.
///
/// It is written in place, as `std::fs::write` does, if there is no ordinary file that could be replaced: at a pipe, a
/// device or a link (`/dev/stdout` is one, and may lead to a file that somebody else is writing), at a file that has a
/// second name or an access list (a POSIX ACL), in a folder that takes no new file, and where the file itself is
/// mounted, as into a container.
///
/// # Errors
/// It is not written. An old file is unchanged, unless it was written in place.
pub fn write(path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> Result<(), NotWritten> {
    let path = path.as_ref();
    write_on(&mut Kernel, path, text.as_ref()).map_err(NotWritten::at(path))
}

pub(crate) fn write_on(disk: &mut impl Disk, path: &Path, text: &[u8]) -> io::Result<()> {
    let Some(mut unfinished) = beside(path)? else {
        return fs::write(path, text);
    };
    unfinished.as_file_mut().write_all(text)?;
    disk.sync(unfinished.as_file())?;
    if disk.place(unfinished, path).is_err() {
        // Something is mounted there, or only its owner may replace it. Nobody else could say more about it.
        return fs::write(path, text);
    }
    // The file is in place. That a crash of the machine could still undo it is no reason to fail, and some folders
    // cannot be read or synced.
    let _ = sync_folder_on(disk, path);
    Ok(())
}

/// A new file in the same folder, with the owner and mode that the file at this path has or would get; nothing if
/// that path must be written in place.
fn beside(path: &Path) -> io::Result<Option<NamedTempFile>> {
    let is_there = match fs::symlink_metadata(path) {
        // One that may not be written may not be replaced, and a second name would keep the old text.
        Ok(old) if old.is_file() && old.nlink() == 1 && may_write(path) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        _ => return Ok(None),
    };
    if is_there && has_access_list(path) {
        return Ok(None);
    }
    let made = Builder::new()
        .prefix(UNFINISHED)
        .permissions(Permissions::from_mode(ORDINARY))
        .tempfile_in(folder_of(path));
    match made {
        Ok(unfinished) => {
            // The folder may give an access list to each new file, and the old one has none.
            let is_wider = is_there && has_access_list(unfinished.path());
            let is_like_it = !is_wider && keep_owner(path, unfinished.as_file()).is_ok();
            Ok(is_like_it.then_some(unfinished))
        }
        // In place, the old file would be lost as well.
        Err(error) if is_full(&error) => Err(error),
        Err(_) => Ok(None),
    }
}

fn may_write(path: &Path) -> bool {
    File::options().append(true).open(path).is_ok()
}

/// Whether a POSIX ACL says who may use the file. The group bits of its mode are then the list's mask, so that a file
/// with the same mode and another list, or none, lets in others.
fn has_access_list(path: &Path) -> bool {
    // One byte is too small for a list: that there is one is all that is asked.
    let found = getxattr(path, "system.posix_acl_access", &mut [0; 1]);
    matches!(found, Ok(_) | Err(Errno::RANGE))
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
