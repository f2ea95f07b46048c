//! Every file under `scenarios/rejected` is refused with the message beside it, and those that would be
//! ugly in a repository are made here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn rejected() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/rejected")
}

fn check(folder: &Path, file: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_airtight"))
        .current_dir(folder)
        .args(["check", file])
        .output()
        .expect("runs")
}

#[test]
fn each_wrong_file_gets_its_message() {
    let folder = rejected();
    let mut n = 0;
    for entry in fs::read_dir(&folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name");
        if !name.ends_with(".yaml") {
            assert!(
                path.with_extension("yaml").exists(),
                "{name} belongs to nothing"
            );
            continue;
        }
        let expected = fs::read_to_string(path.with_extension("stderr"))
            .unwrap_or_else(|_| panic!("{name} has no .stderr"));
        let output = check(&folder, name);
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected, "{name}");
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(
            expected.contains(&format!("\n  at:  {name}:")) && expected.contains("\n  fix: "),
            "{name} has no place or no fix"
        );
        n += 1;
    }
    assert!(n >= 25, "only {n} files");
}

#[test]
fn a_file_of_ten_megabytes_is_refused_unread() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("big.yaml"), vec![b'#'; 10 << 20]).expect("written");
    let output = check(folder.path(), "big.yaml");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        said,
        "error: the file has 10485760 bytes and may have 1048576\n  at:  big.yaml\n  fix: split it into scenarios of one idea each\n"
    );
}

#[test]
fn a_missing_file_is_named() {
    let output = check(&rejected(), "nothing-here.yaml");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("at:  nothing-here.yaml"));
}

#[test]
fn a_right_file_is_ok_and_a_folder_without_one_is_not() {
    let output = check(&rejected().join("../isolation"), "two-users.yaml");
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "two-users.yaml: ok, 8 steps\n");
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("empty")).expect("made");
    let output = check(folder.path(), "empty");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("\n  at:  empty\n  fix: "), "{said}");
}

/// What a small file may ask of the check itself has an end too.
#[test]
fn a_small_file_cannot_keep_the_check_busy() {
    let folder = tempfile::tempdir().expect("a folder");
    let head = "scenario: x\nrules: [ISO01]\nusers: 2000\nexpect: [no_foreign_events]\nsteps:\n  - login: everyone\n  - together:\n";
    let text = head.to_owned() + &"      - http: {as: everyone, get: /}\n".repeat(20_000);
    fs::write(folder.path().join("wide.yaml"), text).expect("written");
    let output = check(folder.path(), "wide.yaml");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("more than can be checked"), "{said}");
}

/// Brackets, anchors and blanks without end must end in a message, not in a crash.
#[test]
fn hostile_yaml_ends_in_a_message() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut aliases = String::from("a: &a [x, x, x, x, x, x, x, x]\n");
    for (one, next) in ('a'..'j').zip('b'..'k') {
        aliases += &format!(
            "{next}: &{next} [{}]\n",
            vec![format!("*{one}"); 8].join(", ")
        );
    }
    let nested =
        |open: &str, close: &str| format!("{}x{}", open.repeat(100_000), close.repeat(100_000));
    let indented: String = (0..1000)
        .map(|level| format!("{}a:\n", " ".repeat(level)))
        .collect();
    for (name, text) in [
        ("aliases", aliases),
        ("lists", nested("[", "]")),
        ("maps", nested("{a: ", "}")),
        ("dashes", "- ".repeat(100_000)),
        ("indents", indented),
    ] {
        let file = format!("{name}.yaml");
        fs::write(folder.path().join(&file), text).expect("written");
        let output = check(folder.path(), &file);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
                .chars()
                .take(300)
                .collect::<String>()
        );
    }
}
