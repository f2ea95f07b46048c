//! Every file under `scenarios/rejected` is refused with its message in `rejected/`, and those that would be ugly in a
//! repository are made here.

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

/// What is wrong with these is the whole file, or what is not in it.
const WHOLE: [&str; 4] = ["empty", "no-expect", "no-users", "only-a-comment"];

#[test]
fn each_wrong_file_gets_its_message() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("rejected");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut n_files = 0;
    settings.bind(|| {
        insta::glob!("../../../scenarios/rejected", "*.yaml", |path| {
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.expect("a name");
            let output = check(&rejected(), name);
            let said = String::from_utf8(output.stderr).expect("text");
            assert_eq!(output.status.code(), Some(2), "{name}: {said}");
            let place = if WHOLE.iter().any(|whole| name == format!("{whole}.yaml")) {
                format!("--> {name}\n")
            } else {
                format!("--> {name}:")
            };
            assert!(said.contains(&place), "{name}: {said}");
            assert!(said.contains("= fix: "), "{name}: {said}");
            insta::assert_snapshot!(said);
            n_files += 1;
        });
    });
    assert!(n_files >= 98, "only {n_files} files");
    let folder = fs::read_dir(rejected()).expect("the folder");
    for entry in folder {
        let path = entry.expect("an entry").path();
        let is_scenario = path.extension().is_some_and(|suffix| suffix == "yaml");
        assert!(is_scenario, "{} belongs to nothing", path.display());
    }
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command/rejected");
    let snapshots = fs::read_dir(snapshots).expect("the snapshots").count();
    assert_eq!(snapshots, n_files, "a snapshot belongs to no file");
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
        "error: the file has 10485760 bytes and may have 1048576\n --> big.yaml\n  = fix: split it into scenarios of one idea each\n"
    );
}

#[test]
fn a_missing_file_is_named() {
    let output = check(&rejected(), "nothing-here.yaml");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--> nothing-here.yaml\n"));
}

#[test]
fn a_right_file_is_ok_and_a_folder_without_one_is_not() {
    let output = check(&rejected().join("../isolation"), "two-users.yaml");
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "two-users.yaml: ok, 9 steps\n");
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("empty")).expect("made");
    let output = check(folder.path(), "empty");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("\n --> empty\n  = fix: "), "{said}");
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
