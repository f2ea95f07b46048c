//! Noninterference against the real server: what no marker tells is found, and a clean server is left alone.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::bench::{Bench, text};
use serde_json::Value;

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/noninterference");

impl Bench {
    fn compare(&self, scenario: &str, arguments: &[&str]) -> Output {
        let scenario = Path::new(SCENARIOS).join(scenario);
        let mut command = self.airtight();
        command.arg("compare").arg(scenario).args(arguments);
        command.args(["--report", "json=report.json"]);
        command.output().expect("runs")
    }

    /// What `undisturbed` found, and where the history is.
    fn undisturbed(&self) -> (Value, String) {
        let text = fs::read_to_string(self.folder.path().join("report.json")).expect("a report");
        let report: Value = serde_json::from_str(&text).expect("JSON");
        let scenario = &report["scenarios"][0];
        let findings = scenario["report"]["findings"].as_array().expect("findings");
        let found = findings
            .iter()
            .find(|found| found["property"] == "undisturbed");
        let history = scenario["history"].as_str().expect("a history");
        (found.expect("it was judged").clone(), history.to_owned())
    }
}

/// No payload has a marker in it.
#[test]
fn what_no_marker_tells_is_found_by_what_was_seen_alone() {
    let bench = Bench::new();
    for (fault, says) in [
        ("ISO04", "`threads` beside a busy alice: there are"),
        ("ISO15", "beside a busy alice"),
        ("ISO18", "`step: `endless` is granted` beside a busy alice"),
        ("COUNTER", "`start endless` beside a busy alice: $.id is `"),
    ] {
        let output = bench.compare("no-marker.yaml", &["--fault", fault]);
        assert_eq!(output.status.code(), Some(1), "{fault}: {}", text(&output));
        let (found, history) = bench.undisturbed();
        assert_eq!(found["verdict"], "violated", "{fault}");
        let witnesses = found["witnesses"].to_string();
        assert!(witnesses.contains(says), "{fault}: {witnesses}");
        let history = fs::read_to_string(bench.folder.path().join(history)).expect("a history");
        let marked = history
            .lines()
            .skip(1)
            .filter(|line| line.contains("\"sent\""));
        assert_eq!(marked.count(), 0, "{fault}: a marker would tell");
    }
}

#[test]
fn a_clean_server_lets_nobody_notice_anybody() {
    let bench = Bench::new();
    for scenario in ["no-marker.yaml", "two-tabs.yaml"] {
        for _ in 0..3 {
            let output = bench.compare(scenario, &[]);
            assert_eq!(output.status.code(), Some(0), "{}", text(&output));
            let (found, _) = bench.undisturbed();
            assert!(found["chances"].as_u64() > Some(500), "{found}");
        }
    }
    assert!(bench.left_behind().is_empty(), "{:?}", bench.left_behind());
}

#[test]
fn a_comparison_is_judged_again_from_its_history() {
    let bench = Bench::new();
    bench.compare("no-marker.yaml", &["--fault", "COUNTER"]);
    let (found, history) = bench.undisturbed();
    let recheck = |file: &str| {
        let output = bench
            .airtight()
            .args(["recheck", &history])
            .args(["--report", file])
            .output();
        assert_eq!(output.expect("runs").status.code(), Some(1));
        let file = file.trim_start_matches("json=");
        fs::read_to_string(bench.folder.path().join(file)).expect("a report")
    };
    let (first, second) = (recheck("json=first.json"), recheck("json=second.json"));
    assert_eq!(first, second);
    let report: Value = serde_json::from_str(&first).expect("JSON");
    let again = report["findings"].as_array().expect("findings").iter();
    let again = again
        .clone()
        .find(|again| again["property"] == "undisturbed");
    assert_eq!(again, Some(&found));
}

#[test]
fn there_must_be_somebody_to_compare_with() {
    let bench = Bench::new();
    let output = bench.compare("../isolation/two-users.yaml", &[]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(
        text(&output).contains("fix: name scenarios with `beside`"),
        "{}",
        text(&output)
    );
    let output = bench.compare("no-marker.yaml", &["--alone", "1"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
}
