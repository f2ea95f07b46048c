//! Each check is declared once, in the file that is named after it; its words, and those of the programs in `deploy`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::snapshot::{snapshot, words};
use crate::{inside, outside};

/// The sources of this crate.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![path],
        })
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Holds the list of one angle against its files.
fn check_files(angle: &str, listed: impl Iterator<Item = &'static str>) {
    let listed: BTreeSet<String> = listed.map(|name| name.replace('-', "_")).collect();
    let files = sources(&root().join(angle)).into_iter();
    let files = files.map(|path| path.file_stem().expect("a name").to_owned());
    let mut files: BTreeSet<String> = files
        .map(|stem| stem.into_string().expect("text"))
        .collect();
    files.remove("tests");
    assert_eq!(files, listed, "{angle}");
    for name in listed {
        let file = root().join(angle).join(format!("{name}.rs"));
        let text = fs::read_to_string(file).expect("text");
        let declared = format!("name: \"{}\",", name.replace('_', "-"));
        assert!(text.contains(&declared), "{angle}/{name}.rs: {declared}");
    }
}

#[test]
fn each_check_is_in_the_file_that_is_named_after_it() {
    check_files("outside", outside::CHECKS.iter().map(|row| row.check.name));
    check_files("inside", inside::CHECKS.iter().map(|row| row.check.name));
}

/// A function that is found by its name belongs to another check as soon as the name changes.
#[test]
fn no_code_looks_up_a_check_by_its_name() {
    let outside = outside::CHECKS.iter().map(|row| row.check.name);
    let names: Vec<&str> = outside
        .chain(inside::CHECKS.iter().map(|row| row.check.name))
        .collect();
    for path in sources(&root()) {
        let text = fs::read_to_string(&path).expect("text");
        for name in &names {
            assert!(
                !text.contains(&format!("\"{name}\" =>")),
                "{path:?}: {name}"
            );
            // Only one row has the name.
            assert!(text.matches(&format!("name: \"{name}\"")).count() <= 1);
        }
    }
    let mut once = names.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names.len(), "two checks have one name");
}

#[test]
fn each_check_says_what_it_claims_why_and_how_to_fix_it() {
    let outside = outside::CHECKS.iter().map(|row| words(&row.check));
    snapshot("checks-from-outside", &outside.collect::<String>());
    let inside = inside::CHECKS.iter().map(|row| words(&row.check));
    snapshot("checks-on-the-machine", &inside.collect::<String>());
}

/// The help of a script is the head of its file. It needs no root and no machine.
#[test]
fn the_scripts_say_how_to_use_them() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for script in ["install", "backup"] {
        let mut command = Command::new("bash");
        command.arg(deploy.join(script)).arg("--help");
        let output = command.env("LC_ALL", "C").output().expect("bash");
        assert!(output.status.success(), "{script}: {output:?}");
        let text = String::from_utf8(output.stdout).expect("text");
        snapshot(&format!("help-{script}"), &text);
    }
}
