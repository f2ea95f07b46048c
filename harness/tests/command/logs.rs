//! The server's log of the whole suite, at its most detailed level, contains no password, session or marker that the
//! suite has used.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::bench::{Bench, text, wait_until};
use serde_json::Value;

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");

/// Copies the suite, and lets each scenario end with a search of the log, which alone judges it. Gives the number of
/// scenarios. Those with a neighbour stay behind: they would judge how long things take at this log level.
fn looking_at_the_log(from: &Path, to: &Path) -> usize {
    fs::create_dir_all(to).expect("a folder");
    let mut changed = 0;
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        // The reference server has no groups, and its sessions last a day.
        if ["rejected", "groups", "expired.yaml"]
            .iter()
            .any(|known| name == *known)
        {
            continue;
        }
        let there = to.join(name);
        // Of the targets, the file of the reference server alone counts.
        if path.is_dir() && from.ends_with("targets") {
            continue;
        }
        if path.is_dir() {
            changed += looking_at_the_log(&path, &there);
            continue;
        }
        let file = fs::read_to_string(&path).expect("text");
        if file.contains("\nbeside:") {
            continue;
        }
        let file = match file.split_once("\nexpect:") {
            Some((steps, _)) if file.starts_with("scenario:") => {
                changed += 1;
                format!("{steps}\n  - log: {{lacks: secrets}}\nexpect: [expectations_met]\n")
            }
            _ => file.replace("LOG_LEVEL: info", "LOG_LEVEL: trace"),
        };
        fs::write(there, file).expect("written");
    }
    changed
}

fn run(bench: &Bench, arguments: &[&str]) -> (Output, Value) {
    let output = bench
        .airtight()
        .args([
            "verify",
            "--client",
            "observer",
            "--report",
            "json=report.json",
            "--scenarios",
            "scenarios",
        ])
        .args(arguments)
        .output()
        .expect("runs");
    let report = fs::read_to_string(bench.folder.path().join("report.json"))
        .unwrap_or_else(|_| panic!("no report: {}", text(&output)));
    (output, serde_json::from_str(&report).expect("JSON"))
}

#[test]
fn no_log_contains_a_secret_or_marker_of_the_suite() {
    let bench = Bench::new();
    let changed = looking_at_the_log(Path::new(SCENARIOS), &bench.folder.path().join("scenarios"));
    assert!(changed >= 30, "{changed}");
    let (output, report) = run(&bench, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let entries = report["scenarios"].as_array().expect("scenarios");
    assert_eq!(entries.len(), changed, "{}", entries.len());

    // The search does find a secret: with a fault, one scenario is violated. All others search in the same way.
    let one = ["--only", "isolation/two-users", "--fault", "LOGGED-ID"];
    let (output, report) = run(&bench, &one);
    let entries = report["scenarios"].as_array().expect("scenarios");
    assert_eq!(entries.len(), 1, "{report}");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(
        text(&output).contains("the server's log lacks secrets"),
        "{}",
        text(&output)
    );
    wait_until("its servers have ended", || bench.left_behind().is_empty());
}
