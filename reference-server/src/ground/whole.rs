//! Files that are written completely or not at all: into a second file, which is then renamed. No other file of this
//! crate renames anything.
//!
//! A file that must survive a crash of the machine is synced, and so is its folder after the rename. Until the folder
//! is synced, a crash may undo the rename and lose the old file too. Every call here may block on the disk.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use tempfile::NamedTempFile;

/// What a file must survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outlasts {
    /// The end of this process, even if it is killed.
    TheProcess,
    /// A crash of the machine as well.
    TheMachine,
}

/// The calls to the file system. A test records their order.
trait Disk {
    fn sync(&mut self, file: &File) -> io::Result<()>;
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()>;
}

struct Kernel;

impl Disk for Kernel {
    fn sync(&mut self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }
}

/// Replaces `path` with what `fill` writes. The text first goes into the file `beside`, which only this user can read.
/// If that fails, `path` is unchanged and `beside` is removed. If only the sync of the folder fails, the new file is in
/// place but may not survive a crash of the machine.
pub(crate) fn replace(
    path: &Path,
    beside: &Path,
    outlasts: Outlasts,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    replace_on(&mut Kernel, path, beside, outlasts, fill)
}

fn replace_on(
    disk: &mut impl Disk,
    path: &Path,
    beside: &Path,
    outlasts: Outlasts,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let write = || {
        let mut file = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(beside)?;
        fill(&mut file)?;
        if outlasts == Outlasts::TheMachine {
            disk.sync(&file)?;
        }
        disk.rename(beside, path)
    };
    // On a full disk the incomplete file would take the room that the next attempt needs.
    write().inspect_err(|_| drop(fs::remove_file(beside)))?;
    match outlasts {
        Outlasts::TheProcess => Ok(()),
        Outlasts::TheMachine => sync_folder_on(disk, path),
    }
}

/// Renames a file within its folder.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    Kernel.rename(from, to)?;
    sync_folder_of(to)
}

/// Gives a received file its final name. The caller syncs the file before, and syncs the folder once after the last of
/// several files.
pub(crate) fn keep(file: NamedTempFile, name: &Path) -> io::Result<()> {
    file.persist(name).map(drop).map_err(|error| error.error)
}

/// Syncs the folder of this file, so that files created, renamed or removed there survive a crash of the machine.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    sync_folder_on(&mut Kernel, path)
}

fn sync_folder_on(disk: &mut impl Disk, path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new(".")))?;
    match disk.sync(&folder) {
        // This file system has nothing to sync in a folder.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// Calls the kernel and records the order of the calls.
    #[derive(Default)]
    struct Watched(Vec<&'static str>);

    impl Disk for Watched {
        fn sync(&mut self, file: &File) -> io::Result<()> {
            let is_folder = file.metadata()?.is_dir();
            self.0.push(if is_folder { "folder" } else { "file" });
            Kernel.sync(file)
        }

        fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
            self.0.push("rename");
            Kernel.rename(from, to)
        }
    }

    #[test]
    fn a_file_that_outlasts_the_machine_is_synced_and_its_folder_after_the_rename() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, beside) = (folder.path().join("it"), folder.path().join("it.new"));
        for (outlasts, order) in [
            (Outlasts::TheMachine, vec!["file", "rename", "folder"]),
            (Outlasts::TheProcess, vec!["rename"]),
        ] {
            let mut disk = Watched::default();
            let fill = |file: &mut File| file.write_all(b"all of it");
            replace_on(&mut disk, &path, &beside, outlasts, fill).expect("written");
            assert_eq!(disk.0, order, "{outlasts:?}");
            assert_eq!(fs::read(&path).expect("there"), b"all of it");
        }
        let fill = |_: &mut File| Err(io::ErrorKind::StorageFull.into());
        replace(&path, &beside, Outlasts::TheMachine, fill).expect_err("full");
        assert_eq!(fs::read(&path).expect("there"), b"all of it");
        assert!(!beside.exists());
    }

    /// A rename in another file would be one that forgets to sync the folder.
    #[test]
    fn nothing_else_renames() {
        let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut renaming = Vec::new();
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    waiting.push(path);
                    continue;
                }
                let text = fs::read_to_string(&path).expect("text");
                let sound = text.split("#[cfg(test)]\nmod tests {").next();
                let renames = [
                    "fs::rename",
                    ".persist(",
                    "renameat",
                    "hard_link",
                    "persist_noclobber",
                ];
                if renames
                    .iter()
                    .any(|name| sound.is_some_and(|text| text.contains(name)))
                {
                    renaming.push(path.file_name().expect("a name").to_owned());
                }
            }
        }
        assert_eq!(renaming, ["whole.rs"]);
    }
}
