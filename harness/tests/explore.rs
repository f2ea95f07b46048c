//! Exploration against the real server: it finds what is open, writes it down, and leaves a clean one alone.

#[expect(dead_code, reason = "nothing here is waited for")]
mod bench;

use std::fs;

use bench::{Bench, text};

#[test]
fn a_fault_is_found_shrunk_and_written_as_a_scenario_that_breaks_again() {
    let bench = Bench::new();
    let explore = [
        "explore", "--fault", "ISO08", "--seed", "5", "--cases", "500",
    ];
    let output = bench
        .airtight()
        .args(explore)
        .args(["--time", "2m", "--out", "found"])
        .output()
        .expect("runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let file = bench.folder.path().join("found/iso08-5.yaml");
    let scenario = fs::read_to_string(&file).expect("a scenario");
    let steps = scenario.lines().filter(|line| line.starts_with("  - "));
    assert!(steps.count() <= 8, "{scenario}");
    assert!(scenario.contains("--seed 5"), "{scenario}");
    let run = |fault: &[&str]| {
        let output = bench.airtight().arg("run").arg(&file).args(fault).output();
        output.expect("runs")
    };
    let broken = run(&["--fault", "ISO08"]);
    assert_eq!(broken.status.code(), Some(1), "{}", text(&broken));
    // So few steps give no chance to some properties: without the fault none is broken.
    let sound = run(&[]);
    assert!(
        matches!(sound.status.code(), Some(0 | 3)),
        "{}",
        text(&sound)
    );
    assert!(bench.left_behind().is_empty(), "{:?}", bench.left_behind());
}

#[test]
fn a_clean_server_is_never_accused_in_fifty_explorations() {
    let bench = Bench::new();
    for seed in 101..=150 {
        let output = bench
            .airtight()
            .args(["explore", "--seed", &seed.to_string()])
            .args(["--cases", "8", "--time", "1m"])
            .output()
            .expect("runs");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        assert!(text(&output).contains("8 schedules"), "{}", text(&output));
    }
}
