//! `airtight learn` as its users run it: an audience that a target file makes too small is learned on the sound server,
//! and the broken one is found out by the file that results.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::bench::text;
use crate::cases::{cases, has_packages};

/// A case with one place of its target file made otherwise, in a folder of the test's own.
struct Copy {
    folder: TempDir,
    case: PathBuf,
    target: PathBuf,
}

impl Copy {
    fn of(name: &str, (was, is): (&str, &str)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let case = cases().join(name);
        let target = folder.path().join("mine.yaml");
        let whole = fs::read_to_string(case.join("target.yaml")).expect("a target file");
        let server = case.join("server.js");
        let whole = whole.replace(
            "node, server.js",
            &format!("node, \"{}\"", server.display()),
        );
        assert!(whole.contains(was), "{whole}");
        // Comments and layout are kept.
        let smaller = format!("# My own.\n{}", whole.replace(was, is));
        fs::write(&target, smaller).expect("written");
        Self {
            folder,
            case,
            target,
        }
    }

    fn take(&self, command: &str, further: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_airtight"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .arg(command)
            .arg(self.case.join("scenario.yaml"))
            .arg("--target")
            .arg(&self.target)
            .args(further)
            .output()
            .expect("runs");
        (output.status.code().expect("a code"), text(&output))
    }

    fn file(&self) -> String {
        fs::read_to_string(&self.target).expect("a target file")
    }

    fn old(&self) -> PathBuf {
        Path::new(&format!("{}.old", self.target.display())).to_owned()
    }

    /// It is listed, accepted and written; then the sound server holds, and the broken one does not.
    #[track_caller]
    fn check(&self, says: &str, (word, line): (&str, &str)) {
        let before = self.file();
        let (code, said) = self.take("learn", &[]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains(says) && said.contains(line), "{said}");
        assert_eq!(self.file(), before);
        let (code, said) = self.take("learn", &["--accept", word]);
        assert_eq!(code, 0, "{said}");
        assert_eq!(self.file(), before, "without --write nothing is written");
        let (code, said) = self.take("learn", &["--accept", word, "--write"]);
        assert_eq!(code, 0, "{said}");
        assert_ne!(self.file(), before);
        assert!(self.file().starts_with("# My own.\n"));
        assert_eq!(fs::read_to_string(self.old()).expect("kept"), before);
        let (code, said) = self.take("run", &[]);
        assert_eq!(code, 0, "{}\n{said}", self.file());
        let (code, said) = self.take("run", &["--fault", "broken"]);
        assert_eq!(code, 1, "{}\n{said}", self.file());
        let (code, said) = self.take("learn", &["--accept", "all", "--write"]);
        assert!(code == 2 && said.contains("not overwritten"), "{said}");
    }
}

#[test]
fn a_group_is_learned() {
    if !has_packages() {
        return;
    }
    let copy = Copy::of("group-room", ("to: {group: room}", "to: tab"));
    copy.check(
        "`vote` of the action `vote` came to another user who is a member of the group `room`",
        ("vote", "yields: {vote: {to: [tab, {group: room}]}}"),
    );
}

#[test]
fn everybody_is_learned_and_what_was_not_accepted_stays_a_leak() {
    if !has_packages() {
        return;
    }
    let copy = Copy::of("guests", ("to: everyone", "to: tab"));
    let (code, said) = copy.take("learn", &["--accept", "post.nothing"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("nobody saw such a thing"), "{said}");
    copy.check(
        "`posted` of the action `post` came to another user",
        ("all", "yields: {posted: {to: everyone}}"),
    );
}

#[test]
fn where_everything_is_declared_there_is_nothing_to_learn() {
    if !has_packages() {
        return;
    }
    let copy = Copy::of("list-only", ("target: notes", "target: notes"));
    let (code, said) = copy.take("learn", &[]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("0 things that no audience declares"),
        "{said}"
    );
    // An answer is listed by what was asked.
    let (code, said) = copy.take("learn", &["--fault", "broken"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("the answer to `GET /notes`"), "{said}");
    assert!(
        said.contains("yields: {GET /notes: {to: everyone, count: 0+}}"),
        "{said}"
    );
}

#[test]
fn a_file_must_be_named() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_airtight"));
    let output = command.args(["learn", "x.yaml"]).output().expect("runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("--target"), "{}", text(&output));
}
