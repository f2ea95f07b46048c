//! What a session's room must remember when the process ends: its sequence number, and the events it keeps.
//!
//! Each session has one such file next to its own, readable only by this user. Events are appended before any
//! socket gets them, so that a number that a client has seen is never given to another event, even if the process is
//! killed. An append is one write without a sync: what the kernel has accepted survives the process.
//! It may not survive a crash of the machine. So the content of a file from an earlier boot is used, but the file may
//! lack its end: the sequence continues at the clock's milliseconds, past every number that was ever given,
//! and a client that resumes is told that events may be missing.
//!
//! Every call blocks for as long as the disk takes. It must be made off the async threads and under no lock but the
//! room's pen. Nothing here knows sockets.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::process::{Resource, getrlimit};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use whole_file::Outlasts;

use crate::delivery::message;
use crate::ground::disk;
use crate::identity::session_key::SessionKey;

/// Only this user reads events.
const PRIVATE: u32 = 0o600;
/// The suffix of a journal's file name.
pub(crate) const SUFFIX: &str = "events";
/// Records after which the file is rewritten without the events that are no longer kept. A room keeps 1000.
const RECORDS: usize = 2500;
/// Bytes after which the file is rewritten. A room keeps 8 MiB.
const BYTES: usize = 24 << 20;
/// The highest number that can have been given: JavaScript clients count no further.
const HIGHEST: u64 = (1 << 53) - 1;
/// The largest file in bytes that is read. It is far above `BYTES`, because one tick's largest messages may follow.
const LARGEST: u64 = 1 << 30;

/// A kept event with its number, as the text of `[name, payload, meta]`.
pub(crate) type Kept = (u64, Arc<str>);

/// A line that contains the sequence number reached so far.
#[derive(Debug, Serialize, Deserialize)]
struct CountLine {
    seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    boot: Option<String>,
}

/// What a room starts with.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Restored {
    pub(crate) seq: u64,
    pub(crate) kept: VecDeque<Kept>,
}

#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    all: Journals,
    /// The open file, if it may stay open.
    open: Option<Appended>,
    records: usize,
    bytes: usize,
    /// The file lacks something. It is rewritten before anything is appended.
    behind: bool,
    /// The sequence has already leapt past every number in the file, so it need not leap again.
    leapt: bool,
}

/// A file that stays open, and its permit to do so.
#[derive(Debug)]
struct Appended {
    file: File,
    _place: OwnedSemaphorePermit,
}

/// The folder of all journals. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Journals {
    folder: Arc<Path>,
    boot: Arc<str>,
    /// Limits the files that stay open: an eighth of what the process may open, at most 8192. The sockets need the
    /// rest.
    places: Arc<Semaphore>,
}

impl Journals {
    pub(crate) fn new(folder: &Path) -> Self {
        // Without a boot id each process counts as a boot of its own; then the numbers have a gap after a restart.
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .map_or_else(|_| message::now().to_string(), |id| id.trim().to_owned());
        let most = getrlimit(Resource::Nofile).current.unwrap_or(1 << 16);
        Self {
            folder: folder.into(),
            boot: boot.into(),
            places: Arc::new(Semaphore::new(
                usize::try_from(most / 8).unwrap_or(0).min(1 << 13),
            )),
        }
    }

    /// The keys of the sessions that have a journal.
    pub(crate) fn keys(&self) -> io::Result<Vec<String>> {
        let mut keys = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let is_one = path.extension().is_some_and(|suffix| suffix == SUFFIX);
            if let Some(key) = path.file_stem().and_then(|key| key.to_str())
                && is_one
            {
                keys.push(key.to_owned());
            }
        }
        Ok(keys)
    }

    /// Removes the journal of a session that has ended. A missing file is no error.
    pub(crate) fn remove(&self, key: &str) -> io::Result<()> {
        match fs::remove_file(self.path(key)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Reads the journal that the last process left, or starts a new one.
    pub(crate) fn open(&self, session: &SessionKey) -> (Journal, Restored) {
        let path = self.path(session.as_str());
        let restored = match disk::read_file(&path, LARGEST) {
            Ok(bytes) => read(&bytes, &self.boot),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Restored::default(),
            Err(error) => {
                tracing::error!(%error, file = %path.display(), "cannot read a journal");
                Restored {
                    seq: beyond(0),
                    ..Restored::default()
                }
            }
        };
        let mut journal = Journal {
            path,
            all: self.clone(),
            open: None,
            records: 0,
            bytes: 0,
            behind: true,
            leapt: false,
        };
        let mut restored = restored;
        if !journal.rewrite(restored.seq, &restored.kept) {
            restored.seq = beyond(restored.seq);
            journal.leapt = true;
        }
        (journal, restored)
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(key).with_extension(SUFFIX)
    }
}

impl Journal {
    /// Drops the events and keeps only the sequence number.
    pub(crate) fn shorten(&mut self, seq: u64) {
        // If it cannot be written now, it is written with the next event.
        self.behind |= !self.rewrite(seq, &VecDeque::new());
    }

    /// Whether the next append rewrites the file, and so needs everything that the room keeps.
    pub(crate) fn is_written_anew(&self) -> bool {
        self.behind || self.records > RECORDS || self.bytes > BYTES
    }

    pub(crate) fn has_file(&self) -> bool {
        self.open.is_some()
    }

    /// Closes the file, so that another may stay open.
    pub(crate) fn close_file(&mut self) {
        self.open = None;
    }

    /// Appends events, or without events only the sequence number. `kept` are the events that the room kept before
    /// these; it is used only if the file is rewritten. False if the file may lack numbers that were given and could
    /// not be emptied either: then the sequence must leap, once.
    pub(crate) fn append(
        &mut self,
        seq: u64,
        events: Option<&[Kept]>,
        kept: &VecDeque<Kept>,
    ) -> bool {
        if self.is_written_anew() {
            self.rewrite(seq, kept);
        }
        // If the rewrite failed only because the file is too long, appending is still correct.
        if self.behind {
            return self.forget();
        }
        let mut lines = String::new();
        for (_, event) in events.unwrap_or_default() {
            lines.push_str(event);
            lines.push('\n');
        }
        if events.is_none() {
            lines = count(seq, None);
        }
        if let Err(error) = self.write(lines.as_bytes()) {
            tracing::error!(%error, file = %self.path.display(), "cannot save events for a restart; they are sent anyway");
            self.behind = true;
            return self.forget();
        }
        self.records += events.map_or(1, <[Kept]>::len);
        self.bytes += lines.len();
        true
    }

    /// Writes with one call. The file stays open if there is a permit, until somebody removes it.
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if let Some(open) = &mut self.open {
            if open.file.metadata()?.nlink() == 0 {
                return Err(io::ErrorKind::NotFound.into());
            }
            return open.file.write_all(lines);
        }
        let mut file = File::options().append(true).open(&self.path)?;
        file.write_all(lines)?;
        if let Ok(place) = Arc::clone(&self.all.places).try_acquire_owned() {
            let _place = place;
            self.open = Some(Appended { file, _place });
        }
        Ok(())
    }

    /// Rewrites the file as a whole. False if that fails.
    fn rewrite(&mut self, seq: u64, kept: &VecDeque<Kept>) -> bool {
        self.open = None;
        let mut text = count(seq, Some(self.all.boot.to_string()));
        for (_, event) in kept {
            text.push_str(event);
            text.push('\n');
        }
        // Not `.new`: the session's own file uses that name.
        let beside = self.path.with_extension("events-new");
        let fill = |file: &mut File| file.write_all(text.as_bytes());
        let outlasts = Outlasts::TheProcess;
        if let Err(error) = whole_file::replace(&self.path, &beside, PRIVATE, outlasts, fill) {
            // The first failure was logged as an error; every tick tries again.
            tracing::debug!(error = %error.source, file = %self.path.display(), "cannot rewrite a journal");
            return false;
        }
        (self.records, self.bytes) = (kept.len(), text.len());
        (self.behind, self.leapt) = (false, false);
        true
    }

    /// Empties the file, which also works on a full disk. An empty file means that the sequence number is lost.
    fn forget(&mut self) -> bool {
        self.open = None;
        let file = File::options().write(true).open(&self.path);
        let emptied = file.and_then(|file| file.set_len(0)).is_ok();
        emptied || std::mem::replace(&mut self.leapt, true)
    }
}

/// A number past all that were given before: no session has had an event in every millisecond since 1970, so the
/// clock's milliseconds are past them all.
pub(crate) fn beyond(seq: u64) -> u64 {
    seq.max(message::now() / 1000)
}

fn count(seq: u64, boot: Option<String>) -> String {
    // Numbers and text always become JSON.
    let mut line = serde_json::to_string(&CountLine { seq, boot }).unwrap_or_default();
    line.push('\n');
    line
}

/// Reads up to the first invalid line. A last line without a line break was never sent.
pub(crate) fn read(bytes: &[u8], boot: &str) -> Restored {
    let mut restored = Restored::default();
    let (mut same_boot, mut whole) = (false, true);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Some(line) = line.strip_suffix(b"\n") else {
            break;
        };
        if let Ok(count) = serde_json::from_slice::<CountLine>(line)
            && count.seq <= HIGHEST
        {
            same_boot |= count.boot.as_deref() == Some(boot);
            restored.seq = restored.seq.max(count.seq);
        } else if let Some((number, text)) = event(line) {
            restored.seq = restored.seq.max(number);
            restored.kept.push_back((number, text));
        } else {
            whole = false;
            break;
        }
    }
    if !(same_boot && whole) {
        restored.seq = beyond(restored.seq);
    }
    restored
}

fn event(line: &[u8]) -> Option<Kept> {
    let text = std::str::from_utf8(line).ok()?;
    let event: Value = serde_json::from_str(text).ok()?;
    let [Value::String(_), _, meta] = event.as_array()?.as_slice() else {
        return None;
    };
    let number = meta.get("seq")?.as_u64().filter(|seq| *seq <= HIGHEST)?;
    Some((number, text.into()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn kept(numbers: impl IntoIterator<Item = u64>) -> VecDeque<Kept> {
        let event = |n| (n, format!("[\"popup\",{{}},{{\"seq\":{n}}}]").into());
        numbers.into_iter().map(event).collect()
    }

    fn session() -> SessionKey {
        SessionKey::of("an id")
    }

    #[test]
    fn what_was_appended_is_there_for_the_next_process() {
        let folder = tempfile::tempdir().expect("a folder");
        let journals = Journals::new(folder.path());
        let (mut journal, restored) = journals.open(&session());
        assert_eq!(restored, Restored::default());
        let first = kept(1..=3);
        assert!(journal.append(3, Some(first.as_slices().0), &VecDeque::new()));
        assert!(journal.append(5, None, &first));
        let mode = fs::metadata(&journal.path)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let (_, restored) = journals.open(&session());
        assert_eq!((restored.seq, restored.kept), (5, kept(1..=3)));
        assert_eq!(journals.keys().expect("reads"), [session().as_str()]);
        journals.remove(session().as_str()).expect("removed");
        assert_eq!(journals.open(&session()).1, Restored::default());
    }

    #[test]
    fn a_torn_end_was_never_sent_and_a_torn_middle_ends_the_count() {
        let whole = "{\"seq\":0,\"boot\":\"b\"}\n[\"popup\",{},{\"seq\":1}]\n";
        let torn = read(format!("{whole}[\"popup\",{{}},{{\"se").as_bytes(), "b");
        assert_eq!((torn.seq, torn.kept.len()), (1, 1));
        for broken in [
            format!("{whole}garbage\n[\"popup\",{{}},{{\"seq\":3}}]\n"),
            String::new(),
            whole.replace("\"b\"", "\"another boot\""),
        ] {
            let restored = read(broken.as_bytes(), "b");
            assert!(restored.seq > 1_000_000_000_000, "{broken}");
        }
    }

    #[test]
    fn a_file_that_somebody_removed_is_written_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let journals = Journals::new(folder.path());
        let (mut journal, _) = journals.open(&session());
        let events = kept(1..=2);
        let (first, second) = events.as_slices().0.split_at(1);
        assert!(journal.append(0, Some(first), &VecDeque::new()));
        assert!(journal.has_file());
        fs::remove_file(&journal.path).expect("removed");
        // The sequence leaps past the numbers that may have been given, and continues there.
        journal.append(1, Some(second), &kept([1]));
        let from = beyond(1);
        let event = kept([from + 1]);
        assert!(journal.append(from, Some(event.as_slices().0), &kept(1..=2)));
        assert_eq!(journals.open(&session()).1.seq, from + 1);
    }

    #[test]
    fn a_file_stays_open_while_there_is_a_place_for_it_and_nobody_rests() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut journals = Journals::new(folder.path());
        journals.places = Arc::new(Semaphore::new(1));
        let none = VecDeque::new();
        let (mut one, _) = journals.open(&SessionKey::of("one"));
        let (mut other, _) = journals.open(&SessionKey::of("other"));
        let event = kept([1]);
        let event = Some(event.as_slices().0);
        assert!(one.append(0, event, &none) && other.append(0, event, &none));
        assert!(one.has_file() && !other.has_file());
        one.close_file();
        let more = kept([2]);
        assert!(other.append(1, Some(more.as_slices().0), &none) && other.has_file());
        for (name, seq) in [("one", 1), ("other", 2)] {
            assert_eq!(journals.open(&SessionKey::of(name)).1.seq, seq, "{name}");
        }
    }

    #[test]
    fn a_journal_stays_bounded() {
        let folder = tempfile::tempdir().expect("a folder");
        let journals = Journals::new(folder.path());
        let (mut journal, _) = journals.open(&session());
        let last = kept(1..=1);
        for n in 1..=10_000 {
            let event = kept([n]);
            assert!(journal.append(n, Some(event.as_slices().0), &last));
        }
        let size = fs::metadata(&journal.path).expect("there").len();
        assert!(size < 100_000, "{size}");
        assert_eq!(journals.open(&session()).1.seq, 10_000);
    }
}
