//! Tests of the selftest: faults that are named, and selftests that must fail.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::bench::{Bench, text};
use serde_json::Value;

const FAULTS: &str = "scenarios/faults/reference.yaml";
const MATRIX: &str = "scenarios/faults/matrix.json";

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
fn a_fault_is_named_and_is_in_the_matrix() {
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
    let words = text(&output);
    assert!(
        words.contains("broken by no fault: every_event_delivered in few/scenario"),
        "{words}"
    );
    assert!(
        words.contains("broken by no fault: events_in_order\n"),
        "{words}"
    );
    assert!(
        !words.contains("broken by no fault: no_foreign_events"),
        "{words}"
    );
}

#[test]
fn a_wrong_faults_file_is_reported_with_its_place_and_fix() {
    let bench = Bench::new();
    for (faults, words) in [
        ("ISO05: {named_by: [no_such_claim]}", "no_such_claim"),
        ("ISO05: {named_by: []}", "named by no property"),
        ("ISO05: {name: x}", "faults.yaml:1:9"),
        (
            "ISO05: {named_by: [undisturbed], rule: ISO77}",
            "no rule `ISO77`",
        ),
        ("{}", "there is no fault"),
        ("- ISO05", "faults.yaml:1"),
    ] {
        let output = bench.selftest("isolation/own-log-lines.yaml", faults, &[]);
        assert_eq!(output.status.code(), Some(2), "{faults}: {}", text(&output));
        assert!(text(&output).contains(words), "{faults}: {}", text(&output));
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
fn every_fault_of_the_server_is_in_the_file() {
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

/// A matrix of one scenario and two faults, as it is written.
fn small(bench: &Bench) -> String {
    let faults = "ISO05: {named_by: [no_foreign_events], rule: ISO05}\nLOST: {named_by: [every_event_delivered]}";
    let write = ["--write", "committed.json", "--looks", "1"];
    let output = bench.selftest("isolation/own-log-lines.yaml", faults, &write);
    // Two faults do not break every claim, and the selftest says so.
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    fs::read_to_string(bench.folder.path().join("committed.json")).expect("a matrix")
}

/// The matrix, after this was changed in it.
fn held_against(bench: &Bench, matrix: &str, from: &str, to: &str) -> Output {
    assert!(matrix.contains(from), "{from} is not in {matrix}");
    let changed = matrix.replacen(from, to, 1);
    fs::write(bench.folder.path().join("committed.json"), changed).expect("written");
    let faults = fs::read_to_string(bench.folder.path().join("faults.yaml")).expect("the faults");
    let against = [
        "--matrix",
        "committed.json",
        "--sample-seed",
        "x",
        "--only",
        "ISO05",
    ];
    bench.selftest("isolation/own-log-lines.yaml", &faults, &against)
}

#[test]
fn a_result_that_differs_from_the_committed_one_fails() {
    let bench = Bench::new();
    let matrix = small(&bench);
    let broken = "\"few/scenario\": {\"always\": [\"no_foreign_events\"";
    let same = held_against(&bench, &matrix, broken, broken);
    assert_eq!(same.status.code(), Some(0), "{}", text(&same));
    assert!(text(&same).contains("--sample-seed x"), "{}", text(&same));
    let more = format!("{broken}, \"every_event_delivered\"");
    let planted = held_against(&bench, &matrix, broken, &more);
    assert_eq!(planted.status.code(), Some(1), "{}", text(&planted));
    let words = "differs from the matrix: ISO05, every_event_delivered in few/scenario: ";
    assert!(text(&planted).contains(words), "{}", text(&planted));
    assert!(
        text(&planted).contains("make selftest-all"),
        "{}",
        text(&planted)
    );
    // A claim that breaks only sometimes may also hold.
    let chance = "\"few/scenario\": {\"by_chance\": [\"every_event_delivered\"], \"always\": [\"no_foreign_events\"";
    let chance = held_against(&bench, &matrix, broken, chance);
    assert_eq!(chance.status.code(), Some(0), "{}", text(&chance));
    // It is not a difference if one more scenario names the fault.
    let kept = held_against(&bench, &matrix, broken, "\"few/scenario\": {\"always\": [");
    assert_eq!(kept.status.code(), Some(0), "{}", text(&kept));
}

#[test]
fn a_missing_row_asks_for_a_new_matrix() {
    let bench = Bench::new();
    let matrix = small(&bench);
    for (from, to, words) in [
        ("\"LOST\"", "\"GONE\"", "no row for the fault `LOST`"),
        (
            "\"few/scenario\": [",
            "\"few/other\": [",
            "no row for the scenario few/scenario",
        ),
        (
            "[\"every_event_delivered\", ",
            "[",
            "every_event_delivered of few/scenario",
        ),
        (
            "\"airtight_matrix\": 1",
            "\"airtight_matrix\": 2",
            "version 2",
        ),
    ] {
        let output = held_against(&bench, &matrix, from, to);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(text(&output).contains(words), "{}", text(&output));
        assert!(
            text(&output).contains("fix: run `make selftest-all`"),
            "{}",
            text(&output)
        );
    }
}

#[test]
fn the_committed_matrix_breaks_every_property_and_names_every_fault() {
    let text =
        fs::read_to_string(root().join(MATRIX)).expect("the matrix: run `make selftest-all`");
    let matrix: Value = serde_json::from_str(&text).expect("JSON");
    let mut broken = BTreeSet::new();
    let mut named = BTreeSet::new();
    for (fault, rows) in matrix["faults"].as_object().expect("faults") {
        for row in rows.as_object().expect("rows").values() {
            let cells = [&row["always"], &row["by_chance"]];
            let cells = cells.into_iter().filter_map(Value::as_array).flatten();
            broken.extend(cells.filter_map(Value::as_str).map(str::to_owned));
            if row["named"].is_string() {
                named.insert(fault.clone());
            }
        }
    }
    let file = fs::read_to_string(root().join(FAULTS)).expect("readable");
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    let faults: BTreeSet<String> = lines
        .filter_map(|line| Some(line.split_once(':')?.0.to_owned()))
        .collect();
    assert_eq!(named, faults);
    let properties = evidence::PROPERTIES.iter();
    let properties = properties.filter(|one| !one.needs_declared());
    let properties: BTreeSet<String> = properties.map(|one| one.name.to_owned()).collect();
    assert_eq!(broken, properties);
}
