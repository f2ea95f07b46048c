//! The files of the sessions, one each, written by `whole_file`.
//!
//! Every call may block on the disk and must be made off the async threads. A file is named after the digest of its
//! session's id, so that nobody learns a cookie by listing the folder.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use whole_file::Outlasts;

use crate::ground::disk::{could_write, read_file};
use crate::ground::folded_name::FoldedName;
use crate::identity::device::Device;

/// The content of a session's file. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stored {
    pub(crate) user: Option<String>,
    pub(crate) created: u64,
    pub(crate) expires: u64,
    /// A file of an earlier version has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<Device>,
}

/// Sessions with their keys, and the files that were set aside.
type Loaded = (Vec<(String, Stored)>, Vec<PathBuf>);

#[derive(Clone, Debug)]
pub(crate) struct Store(PathBuf);

const SUFFIX: &str = "session";
const ASIDE: &str = "unreadable";
/// The file by which a command tells the server to check which sessions were removed.
const NOTICE: &str = "sessions-were-ended";
/// Only this user reads sessions.
const PRIVATE: u32 = 0o600;
/// The largest session file in bytes. One that the server writes has a few hundred.
const LARGEST: u64 = 64 << 10;

impl Store {
    /// Opens the folder, gives access to this user only, and checks that it can be written, so that an error shows at
    /// the start and not at a login.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        tempfile::NamedTempFile::new_in(folder)?;
        Ok(Self(folder.to_owned()))
    }

    /// Every session that can be read. A file that cannot be read is set aside and returned in the second list.
    pub(crate) fn load(&self) -> io::Result<Loaded> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            match path.extension().and_then(|suffix| suffix.to_str()) {
                // A write that was killed before its rename was never acknowledged.
                Some("new" | "events-new") => {
                    if let Err(error) = fs::remove_file(&path) {
                        tracing::warn!(%error, file = %path.display(), "cannot remove an unfinished file of a killed server");
                    }
                }
                Some(SUFFIX) => paths.push(path),
                _ => {}
            }
        }
        let (mut sessions, mut aside) = (Vec::new(), Vec::new());
        for (found, path) in read_all(&paths)?.into_iter().zip(paths) {
            match found {
                Some(session) => sessions.push(session),
                None => match whole_file::rename(&path, &path.with_extension(ASIDE)) {
                    Ok(()) => aside.push(path),
                    Err(error) => {
                        tracing::warn!(%error, file = %path.display(), "cannot set a session file aside");
                    }
                },
            }
        }
        Ok((sessions, aside))
    }

    pub(crate) fn write(&self, key: &str, session: &Stored) -> io::Result<()> {
        let path = self.path(key);
        let beside = path.with_extension("new");
        let text = serde_json::to_vec(session)?;
        let fill = |file: &mut File| file.write_all(&text);
        whole_file::replace(&path, &beside, PRIVATE, Outlasts::TheMachine, fill)?;
        Ok(())
    }

    /// Removes a session's file; a missing file is no error. The removal survives a crash of the machine only after a
    /// `sync`, and it must, because an ended session must not come back.
    pub(crate) fn remove(&self, key: &str) -> io::Result<()> {
        match fs::remove_file(self.path(key)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Makes removals survive a crash of the machine.
    pub(crate) fn sync(&self) -> io::Result<()> {
        whole_file::sync_folder_of(&self.path("any"))
    }

    /// Opens the folder next to a server that may be running: for reading, without changing anything.
    pub(crate) fn beside(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Every session that can be read. Files that cannot be read are left to the server.
    pub(crate) fn peek(&self) -> io::Result<Vec<(String, Stored)>> {
        let mut sessions = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            let is_one = path.extension().is_some_and(|suffix| suffix == SUFFIX);
            sessions.extend(is_one.then(|| read(&path)).flatten());
        }
        Ok(sessions)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.path(key).exists()
    }

    /// Tells the server that files were removed by somebody else.
    pub(crate) fn give_notice(&self) -> io::Result<()> {
        // Only a new file: the folder's owner could have placed a link there, and this process may be root.
        match File::create_new(self.0.join(NOTICE)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other.map(drop),
        }
    }

    /// Whether there was a notice since the last call.
    pub(crate) fn take_notice(&self) -> io::Result<bool> {
        match fs::remove_file(self.0.join(NOTICE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            other => other.map(|()| true),
        }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.0.join(key).with_extension(SUFFIX)
    }
}

/// Reads the files with several threads, because the server serves nobody before the last one is read.
fn read_all(paths: &[PathBuf]) -> io::Result<Vec<Option<(String, Stored)>>> {
    let readers = std::thread::available_parallelism().map_or(1, |count| count.get().min(8));
    let share = paths.len().div_ceil(readers).max(1);
    std::thread::scope(|scope| {
        let read = |share: &[PathBuf]| share.iter().map(|path| read(path)).collect::<Vec<_>>();
        let readers: Vec<_> = paths
            .chunks(share)
            .map(|share| scope.spawn(move || read(share)))
            .collect();
        let mut all = Vec::with_capacity(paths.len());
        for reader in readers {
            let read = reader.join();
            all.extend(read.map_err(|_| io::Error::other("a reader of session files failed"))?);
        }
        Ok(all)
    })
}

fn read(path: &Path) -> Option<(String, Stored)> {
    let key = path.file_stem()?.to_str()?.to_owned();
    let well_named = key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    let stored = parse(&read_file(path, LARGEST).ok()?)?;
    well_named.then_some((key, stored))
}

/// Parses a session's file; nothing if it is not valid.
pub(crate) fn parse(bytes: &[u8]) -> Option<Stored> {
    let stored: Stored = serde_json::from_slice(bytes).ok()?;
    let user = stored.user.as_deref();
    user.is_none_or(|user| FoldedName::fold(user).is_ok())
        .then_some(stored)
}

/// Whether a start could make the session folder private to this user.
pub(crate) fn could_open(folder: &Path) -> io::Result<()> {
    could_write(folder)?;
    let user = rustix::process::geteuid();
    match fs::metadata(folder) {
        Ok(found) if !user.is_root() && found.uid() != user.as_raw() => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it belongs to another user",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_private_and_survive_and_garbage_is_set_aside() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("sessions");
        let store = Store::open(&folder).expect("opens");
        let stored = Stored {
            user: Some("amy".to_owned()),
            created: 1,
            expires: 2,
            device: Device::of("Firefox/1 Linux"),
        };
        let key = "ab".repeat(32);
        store.write(&key, &stored).expect("written");
        fs::write(folder.join("half.new"), "{").expect("written");
        fs::write(
            folder.join(format!("{}.session", "cd".repeat(32))),
            [0xff, 0],
        )
        .expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&store.path(&key)), 0o600);
        let (sessions, aside) = store.load().expect("loads");
        assert_eq!(sessions, [(key.clone(), stored)]);
        assert_eq!(aside.len(), 1);
        assert!(!folder.join("half.new").exists());
        assert!(
            folder
                .join(format!("{}.unreadable", "cd".repeat(32)))
                .exists()
        );
        store.remove(&key).expect("removed");
        store.remove(&key).expect("gone already");
    }

    #[test]
    fn a_notice_follows_no_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("opens");
        let precious = folder.path().join("precious");
        std::os::unix::fs::symlink(&precious, folder.path().join(NOTICE)).expect("linked");
        store.give_notice().expect("given");
        assert!(!precious.exists());
        assert!(store.take_notice().expect("taken"));
        assert!(!store.take_notice().expect("once"));
    }
}
