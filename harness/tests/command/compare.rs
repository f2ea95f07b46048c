//! Noninterference against the real server: leaks without a marker are found, and a clean server holds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::thread;

use crate::bench::{Bench, text};
use serde_json::Value;

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/noninterference");

/// One comparison: the output of `airtight`, and the folder with its report.
struct Compared {
    output: Output,
    folder: PathBuf,
}

impl Compared {
    /// Each comparison has a folder of its own below the bench's, so that several can run at once.
    fn run(bench: &Bench, name: &str, paths: &[&str], arguments: &[&str]) -> Self {
        let folder = bench.folder.path().join(name);
        fs::create_dir(&folder).expect("a folder");
        let mut command = bench.airtight();
        command.current_dir(&folder).arg("compare");
        command.args(paths.iter().map(|path| Path::new(SCENARIOS).join(path)));
        command
            .args(arguments)
            .args(["--report", "json=report.json"]);
        let output = command.output().expect("runs");
        Self { output, folder }
    }

    /// The finding of `undisturbed` for each scenario, and the path of its history.
    fn undisturbed(&self) -> Vec<(Value, PathBuf)> {
        let text = fs::read_to_string(self.folder.join("report.json")).expect("a report");
        let report: Value = serde_json::from_str(&text).expect("JSON");
        let scenarios = report["scenarios"].as_array().expect("scenarios").iter();
        let found = scenarios.map(|scenario| {
            let found = undisturbed(&scenario["report"]);
            let history = scenario["history"].as_str().expect("a history");
            (found, self.folder.join(history))
        });
        found.collect()
    }
}

fn undisturbed(report: &Value) -> Value {
    let mut findings = report["findings"].as_array().expect("findings").iter();
    let found = findings.find(|found| found["property"] == "undisturbed");
    found.expect("it was judged").clone()
}

/// The comparison finds the fault, although no payload has a marker in it.
#[track_caller]
fn is_found(bench: &Bench, fault: &str, says: &str) -> (Value, PathBuf) {
    let compared = Compared::run(bench, fault, &["no-marker.yaml"], &["--fault", fault]);
    let output = &compared.output;
    assert_eq!(output.status.code(), Some(1), "{fault}: {}", text(output));
    let (found, history) = compared.undisturbed().remove(0);
    assert_eq!(found["verdict"], "violated", "{fault}");
    let witnesses = found["witnesses"].to_string();
    assert!(witnesses.contains(says), "{fault}: {witnesses}");
    let lines = fs::read_to_string(&history).expect("a history");
    let mut marked = lines.lines().skip(1);
    assert!(
        marked.all(|line| !line.contains("\"sent\"")),
        "{fault}: the history has a marker"
    );
    (found, history)
}

/// None of these depends on time, so they are compared at once.
#[test]
fn a_leak_without_a_marker_is_found_by_comparison() {
    let bench = Bench::beside_others();
    let busy = |what: &str| format!("{what} beside a busy alice");
    thread::scope(|threads| {
        let list = || is_found(&bench, "ISO04", &(busy("`threads`") + ": there are"));
        let refused = || is_found(&bench, "ISO18", &busy("`step: `endless` is granted`"));
        let counted = || {
            let counter = busy("`start endless`") + ": $.id is `";
            let (found, history) = is_found(&bench, "COUNTER", &counter);
            is_judged_again(&bench, &history, &found);
        };
        threads.spawn(list);
        threads.spawn(refused);
        counted();
    });
}

/// Bob's events arrive late, which only their time shows.
#[test]
fn a_delay_by_a_busy_neighbour_is_found() {
    is_found(&Bench::new(), "ISO15", "beside a busy alice");
}

/// Judging a comparison again from its history gives the same report each time.
#[track_caller]
fn is_judged_again(bench: &Bench, history: &Path, found: &Value) {
    let recheck = |file: &str| {
        let report = format!("json={file}");
        let mut command = bench.airtight();
        command
            .arg("recheck")
            .arg(history)
            .args(["--report", &report]);
        assert_eq!(command.output().expect("runs").status.code(), Some(1));
        fs::read_to_string(bench.folder.path().join(file)).expect("a report")
    };
    let (first, second) = (recheck("first.json"), recheck("second.json"));
    assert_eq!(first, second);
    let report: Value = serde_json::from_str(&first).expect("JSON");
    assert_eq!(undisturbed(&report), *found);
}

/// Runs both scenarios at once, as `make compare` does, so each must also hold while the other runs.
#[test]
fn a_clean_server_shows_no_difference() {
    let bench = Bench::new();
    for round in ["one", "two"] {
        let compared = Compared::run(&bench, round, &["no-marker.yaml", "two-tabs.yaml"], &[]);
        let output = &compared.output;
        assert_eq!(output.status.code(), Some(0), "{}", text(output));
        let all = compared.undisturbed();
        assert_eq!(all.len(), 2, "{all:?}");
        for (found, _) in all {
            assert!(found["chances"].as_u64() > Some(500), "{found}");
        }
    }
    assert!(bench.left_behind().is_empty(), "{:?}", bench.left_behind());
}

#[test]
fn a_comparison_needs_a_neighbour() {
    let bench = Bench::beside_others();
    let refused = |name: &str, path: &str, arguments: &[&str]| {
        let output = Compared::run(&bench, name, &[path], arguments).output;
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        text(&output)
    };
    let said = refused("nobody", "../isolation/two-users.yaml", &[]);
    assert!(said.contains("fix: name scenarios with `beside`"), "{said}");
    refused("once", "no-marker.yaml", &["--alone", "1"]);
}
