//! What is at a path before and after, and in which order the disk is told.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, XattrFlags, setxattr};
use tempfile::{NamedTempFile, TempDir};

use crate::disk::{Disk, Kernel};
use crate::replacing::{Outlasts, replace, replace_on};
use crate::writing::{write, write_on};

/// Calls the kernel and records the order of the calls. The one that is named `fails` fails instead.
#[derive(Default)]
struct Watched {
    calls: Vec<&'static str>,
    fails: &'static str,
}

impl Watched {
    fn call(&mut self, call: &'static str) -> io::Result<()> {
        self.calls.push(call);
        if call == self.fails {
            return Err(io::Error::other("it fails"));
        }
        Ok(())
    }
}

impl Disk for Watched {
    fn sync(&mut self, file: &File) -> io::Result<()> {
        let is_folder = file.metadata()?.is_dir();
        self.call(if is_folder { "folder" } else { "file" })?;
        Kernel.sync(file)
    }

    fn place(&mut self, unfinished: NamedTempFile, path: &Path) -> io::Result<()> {
        self.call("rename")?;
        Kernel.place(unfinished, path)
    }
}

struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("text")
    }

    fn mode(&self, name: &str) -> u32 {
        let found = fs::metadata(self.path(name)).expect("there");
        found.permissions().mode() & 0o7777
    }

    /// The names of everything in the folder.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).expect("a folder").flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.file_name().into_string().expect("text"))
            .collect();
        names.sort();
        names
    }
}

#[test]
fn a_file_that_outlasts_the_machine_is_synced_and_its_folder_after_the_rename() {
    let bench = Bench::new();
    let (path, beside) = (bench.path("it"), bench.path("it.new"));
    for (outlasts, order) in [
        (Outlasts::TheMachine, vec!["file", "rename", "folder"]),
        (Outlasts::TheProcess, vec!["rename"]),
    ] {
        let mut disk = Watched::default();
        let fill = |file: &mut File| file.write_all(b"all of it");
        replace_on(&mut disk, &path, &beside, 0o600, outlasts, fill).expect("written");
        assert_eq!(disk.calls, order, "{outlasts:?}");
        assert_eq!(bench.text("it"), "all of it");
        assert_eq!(bench.mode("it"), 0o600);
    }
    let fill = |_: &mut File| Err(io::ErrorKind::StorageFull.into());
    let error = replace(&path, &beside, 0o600, Outlasts::TheMachine, fill).expect_err("full");
    assert_eq!(error.path, path);
    assert_eq!(error.source.kind(), io::ErrorKind::StorageFull);
    assert_eq!(bench.text("it"), "all of it");
    assert!(!beside.exists());
}

#[test]
fn what_a_killed_process_left_is_written_over() {
    let bench = Bench::new();
    fs::write(
        bench.path("it.new"),
        "a longer text of a process that was killed",
    )
    .expect("written");
    let (path, beside) = (bench.path("it"), bench.path("it.new"));
    let fill = |file: &mut File| file.write_all(b"new");
    replace(&path, &beside, 0o640, Outlasts::TheMachine, fill).expect("written");
    assert_eq!(
        (bench.text("it").as_str(), bench.names()),
        ("new", vec!["it".to_owned()])
    );
}

#[test]
fn a_new_file_has_the_mode_that_every_program_gives() {
    let bench = Bench::new();
    fs::write(bench.path("theirs"), "x").expect("written");
    let mut disk = Watched::default();
    write_on(&mut disk, &bench.path("ours"), b"x").expect("written");
    assert_eq!(disk.calls, ["file", "rename", "folder"]);
    assert_eq!(bench.mode("ours"), bench.mode("theirs"));
    assert_eq!(bench.names(), ["ours", "theirs"]);
}

#[test]
fn an_old_file_keeps_its_mode_and_stays_if_the_new_one_is_not_complete() {
    let bench = Bench::new();
    let path = bench.path("it");
    fs::write(&path, "old").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).expect("changed");
    let mut full = Watched {
        fails: "file",
        ..Watched::default()
    };
    write_on(&mut full, &path, b"new").expect_err("not synced");
    assert_eq!(
        (bench.text("it").as_str(), bench.mode("it")),
        ("old", 0o604)
    );
    write(&path, "new").expect("written");
    assert_eq!(
        (bench.text("it").as_str(), bench.mode("it")),
        ("new", 0o604)
    );
    assert_eq!(bench.names(), ["it"]);
}

#[test]
fn what_cannot_be_renamed_is_written_in_place() {
    let bench = Bench::new();
    fs::write(bench.path("it"), "old and longer").expect("written");
    let mut mounted = Watched {
        fails: "rename",
        ..Watched::default()
    };
    write_on(&mut mounted, &bench.path("it"), b"new").expect("written");
    assert_eq!(bench.text("it"), "new");
    assert_eq!(bench.names(), ["it"]);
    let mut no_folder = Watched {
        fails: "folder",
        ..Watched::default()
    };
    write_on(&mut no_folder, &bench.path("it"), b"newer").expect("written");
    assert_eq!(bench.text("it"), "newer");
}

/// A POSIX ACL as the kernel takes it: the owner writes, the user 4321 and the mask read, the group and others do not.
fn one_more_reader() -> Vec<u8> {
    const NOBODY: u32 = u32::MAX;
    let entries: [(u16, u16, u32); 5] = [
        (0x01, 6, NOBODY),
        (0x02, 4, 4321),
        (0x04, 0, NOBODY),
        (0x10, 4, NOBODY),
        (0x20, 0, NOBODY),
    ];
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (who, may, id) in entries {
        list.extend(who.to_le_bytes());
        list.extend(may.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    list
}

/// The list of the file itself, and the one that its folder gives to new files.
#[test]
fn a_file_with_an_access_list_or_in_a_folder_with_one_is_written_in_place() {
    for (name, list) in [
        ("it", "system.posix_acl_access"),
        (".", "system.posix_acl_default"),
    ] {
        let bench = Bench::new();
        let path = bench.path("it");
        fs::write(&path, "old and longer").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("changed");
        let set = setxattr(
            bench.path(name),
            list,
            &one_more_reader(),
            XattrFlags::empty(),
        );
        if let Err(error) = set {
            eprintln!("undecided: a file with an access list: {list}: {error}");
            return;
        }
        let mut disk = Watched::default();
        write_on(&mut disk, &path, b"new").expect("written");
        assert!(disk.calls.is_empty(), "{list}: {:?}", disk.calls);
        assert_eq!(
            (bench.text("it").as_str(), bench.mode("it")),
            ("new", 0o640)
        );
        assert_eq!(bench.names(), ["it"]);
    }
}

#[test]
fn a_pipe_and_a_link_stay_what_they_are() {
    let bench = Bench::new();
    let pipe = bench.path("pipe");
    let mode = Mode::RUSR | Mode::WUSR;
    rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, mode, 0).expect("a pipe");
    let reader = {
        let pipe = pipe.clone();
        std::thread::spawn(move || fs::read_to_string(pipe).expect("text"))
    };
    write(&pipe, "through").expect("written");
    assert_eq!(reader.join().expect("read"), "through");
    fs::write(bench.path("behind"), "old").expect("written");
    std::os::unix::fs::symlink("behind", bench.path("link")).expect("linked");
    write(bench.path("link"), "new").expect("written");
    assert_eq!(bench.text("behind"), "new");
    assert!(bench.path("link").is_symlink());
    rustix::fs::link(bench.path("behind"), bench.path("again")).expect("linked");
    write(bench.path("again"), "newer").expect("written");
    assert_eq!(bench.text("behind"), "newer");
    write("/dev/null", "nothing").expect("written");
    assert_eq!(bench.names(), ["again", "behind", "link", "pipe"]);
}

#[test]
fn an_error_names_the_file_and_what_the_system_said() {
    let bench = Bench::new();
    for name in ["no/such/folder", "."] {
        let path = bench.path(name);
        let error = write(&path, "x").expect_err("no place for a file");
        let usual = fs::write(&path, "x").expect_err("no place for a file");
        assert_eq!(
            error.to_string(),
            format!("cannot write {}", path.display())
        );
        assert_eq!(error.source.to_string(), usual.to_string());
    }
}
