//! The judge is judged: faults that are named, and selftests that must fail.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::bench::{Bench, text};
use serde_json::Value;

const FAULTS: &str = "scenarios/faults/reference.yaml";

impl Bench {
    /// A selftest of one scenario of the repository, with a file of faults of its own.
    fn selftest(&self, scenario: &str, faults: &str, arguments: &[&str]) -> Output {
        let folder = self.folder.path().join("few");
        fs::create_dir_all(&folder).expect("a folder");
        let from = root().join("scenarios").join(scenario);
        fs::copy(from, folder.join("scenario.yaml")).expect("copied");
        fs::write(self.folder.path().join("faults.yaml"), faults).expect("written");
        let mut command = self.airtight();
        command.args(["selftest", "--scenarios", "few", "--faults", "faults.yaml"]);
        command.args([
            "--report",
            "json=matrix.json",
            "--report",
            "html=matrix.html",
        ]);
        command.args(arguments).output().expect("runs")
    }

    fn matrix(&self) -> Value {
        let text = fs::read_to_string(self.folder.path().join("matrix.json")).expect("a matrix");
        serde_json::from_str(&text).expect("JSON")
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

#[test]
fn a_fault_is_named_and_stands_in_the_matrix() {
    let bench = Bench::new();
    let output = bench.selftest(
        "isolation/own-log-lines.yaml",
        "ISO05: {named_by: [no_foreign_events], rule: ISO05}\nLOST: {named_by: [every_event_delivered]}",
        &["--only", "ISO05"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let matrix = bench.matrix();
    assert_eq!(matrix["clean"], "holds");
    assert_eq!(
        matrix["faults"][0]["cells"][0]["property"],
        "no_foreign_events"
    );
    let page = fs::read_to_string(bench.folder.path().join("matrix.html")).expect("a page");
    assert!(
        page.contains("no_foreign_events") && page.contains("ISO05"),
        "{page}"
    );
}

#[test]
fn a_fault_that_another_property_finds_is_not_named() {
    let bench = Bench::new();
    let faults = "ISO05: {named_by: [every_event_delivered], rule: ISO05}\nLOST: {named_by: [every_event_delivered]}";
    let output = bench.selftest("isolation/own-log-lines.yaml", faults, &["--only", "ISO05"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("not named: ISO05 by every_event_delivered"));
    let faults = "ISO05: {named_by: [no_foreign_events], rule: ISO04}\nLOST: {named_by: [every_event_delivered]}";
    let output = bench.selftest("isolation/own-log-lines.yaml", faults, &["--only", "ISO05"]);
    assert_eq!(
        output.status.code(),
        Some(1),
        "another rule: {}",
        text(&output)
    );
}

#[test]
fn a_claim_that_no_fault_breaks_fails_the_selftest() {
    let bench = Bench::new();
    let faults = "ISO05: {named_by: [no_foreign_events], rule: ISO05}";
    let output = bench.selftest("isolation/own-log-lines.yaml", faults, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let told = text(&output);
    assert!(
        told.contains("broken by no fault: every_event_delivered in few/scenario"),
        "{told}"
    );
    assert!(
        told.contains("broken by no fault: events_in_order\n"),
        "{told}"
    );
    assert!(
        !told.contains("broken by no fault: no_foreign_events"),
        "{told}"
    );
}

#[test]
fn a_wrong_file_of_faults_is_told_with_place_and_fix() {
    let bench = Bench::new();
    for (faults, told) in [
        ("ISO05: {named_by: [no_such_claim]}", "no_such_claim"),
        ("ISO05: {named_by: []}", "named by nobody"),
        ("ISO05: {name: x}", "faults.yaml:1"),
        ("{}", "there is no fault"),
        ("- ISO05", "faults.yaml:1"),
    ] {
        let output = bench.selftest("isolation/own-log-lines.yaml", faults, &[]);
        assert_eq!(output.status.code(), Some(2), "{faults}: {}", text(&output));
        assert!(text(&output).contains(told), "{faults}: {}", text(&output));
        assert!(
            text(&output).contains("fix: "),
            "{faults}: {}",
            text(&output)
        );
    }
    let output = bench.selftest(
        "isolation/own-log-lines.yaml",
        "LOST: {named_by: [every_event_once]}",
        &["--only", "ISO99"],
    );
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
}

#[test]
fn every_fault_of_the_server_stands_in_the_file() {
    let program = Path::new(env!("CARGO_BIN_EXE_airtight")).with_file_name("reference-server");
    let listed = Command::new(program).arg("faults").output().expect("runs");
    assert!(listed.status.success(), "{}", text(&listed));
    let listed = String::from_utf8(listed.stdout).expect("text");
    let listed: BTreeSet<&str> = listed
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let file = fs::read_to_string(root().join(FAULTS)).expect("readable");
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    let judged: BTreeSet<&str> = lines.filter_map(|line| line.split(':').next()).collect();
    assert_eq!(listed, judged);
}
