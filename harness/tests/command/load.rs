//! Many users at once against the real server: a clean server passes, a fault is named, and a threshold is kept or
//! missed.
//!
//! The clean server is also judged by time, so that test has the machine to itself.

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::bench::{Bench, text, wait_until};
use crate::cases::{cases, has_packages};
use serde_json::Value;

impl Bench {
    fn load(&self, arguments: &[&str]) -> Output {
        let mut command = self.airtight();
        command.arg("load").args(arguments);
        command.output().expect("runs")
    }

    fn load_report(&self, arguments: &[&str]) -> (Output, Value) {
        let output = self.load(&[&["--report", "json=report.json"], arguments].concat());
        let report = fs::read_to_string(self.folder.path().join("report.json"))
            .unwrap_or_else(|_| panic!("no report: {}", text(&output)));
        (output, serde_json::from_str(&report).expect("JSON"))
    }
}

/// The finding of this property in the report.
#[track_caller]
fn finding<'a>(report: &'a Value, property: &str) -> &'a Value {
    let findings = report["scenarios"][0]["report"]["findings"].as_array();
    let mut findings = findings.expect("findings").iter();
    findings
        .find(|finding| finding["property"] == property)
        .unwrap_or_else(|| panic!("{property} was not judged: {report}"))
}

#[test]
fn the_reference_server_holds_under_load() {
    let bench = Bench::new();
    let (output, report) = bench.load_report(&[
        "--users",
        "6",
        "--time",
        "5s",
        "--ramp",
        "1s",
        "--report",
        "html=goose.html",
    ]);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert_eq!(report["verdict"], "holds");
    for property in [
        "no_foreign_events",
        "every_event_delivered",
        "every_event_once",
        "events_in_order",
        "silent_after_session_end",
        "new_session_at_login",
    ] {
        let finding = finding(&report, property);
        assert_eq!(finding["verdict"], "holds", "{finding}");
        assert!(finding["chances"].as_u64() > Some(5), "{finding}");
    }
    // Each step of the journey is in goose's tables and in our figures.
    let html = fs::read_to_string(bench.folder.path().join("goose.html")).expect("a page");
    for step in [
        "GET /login",
        "POST /login",
        "SIO connect",
        "POST /api/actions",
        "SIO delivery",
        "GET /api/actions",
        "POST /logout",
    ] {
        let figures = report["load"]["figures"].as_array().expect("figures");
        let row = figures.iter().find(|row| row["name"] == step);
        let row = row.unwrap_or_else(|| panic!("{step} is missing: {report}"));
        assert!(row["count"].as_u64() > Some(5), "{row}");
        assert!(shown.contains(step), "{shown}");
        let (method, path) = step.split_once(' ').expect("two words");
        assert!(html.contains(method) && html.contains(path), "{step}");
    }
    assert!(report["load"]["delivery"]["p99_ms"].as_f64() > Some(0.0));
    assert!(shown.contains("holds: 6 users, "), "{shown}");
    assert!(shown.contains("delivery p50 "), "{shown}");
    assert!(bench.left_behind().is_empty(), "{:?}", bench.left_behind());

    // The history says the same without the server.
    let history = report["scenarios"][0]["history"].as_str().expect("a file");
    let mut again = bench.airtight();
    again.args(["recheck", history, "--report", "json=again.json", "--quiet"]);
    assert_eq!(again.status().expect("runs").code(), Some(0), "{history}");
    let again = fs::read_to_string(bench.folder.path().join("again.json")).expect("a report");
    let again: Value = serde_json::from_str(&again).expect("JSON");
    assert_eq!(again, report["scenarios"][0]["report"]);
}

#[test]
fn a_flood_that_drops_other_users_events_is_found() {
    let bench = Bench::beside_others();
    let (output, report) = bench.load_report(&[
        "--users", "6", "--time", "3s", "--ramp", "1s", "--fault", "ISO06",
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert_eq!(report["verdict"], "violated");
    let finding = finding(&report, "every_event_delivered");
    assert_eq!(finding["verdict"], "violated", "{finding}");
    assert_eq!(finding["rules"], serde_json::json!(["ISO06"]));
    assert!(finding.to_string().contains("`modal`"), "{finding}");
    let shown = text(&output);
    assert!(
        shown.contains("violated  every_event_delivered") && shown.contains("breaks ISO06"),
        "{shown}"
    );
}

#[test]
fn a_threshold_that_is_missed_is_a_violation() {
    let bench = Bench::beside_others();
    let rule = "max<1us for POST /api/actions";
    let (output, report) = bench.load_report(&[
        "--users",
        "2",
        "--time",
        "2s",
        "--ramp",
        "1s",
        "--threshold",
        rule,
    ]);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert_eq!(report["verdict"], "violated");
    assert_eq!(threshold(&report, rule)["verdict"], "violated");
    assert!(shown.contains(&format!("violated   {rule}")), "{shown}");
    // What is lost is looked for all the same.
    let usual = "error-rate<=0% for SIO round trip";
    assert!(threshold(&report, usual).is_object());
}

/// Nobody asks a server that stands still for anything: what was due in that time counts all the same.
#[test]
fn a_server_that_stands_still_misses_what_was_due_meanwhile() {
    if !has_packages() {
        return;
    }
    let bench = Bench::beside_others();
    let target = cases().join("load-stall/target.yaml");
    let target = target.display().to_string();
    let load = |more: &[&str]| {
        let usual = ["--target", &target, "--time", "8s", "--ramp", "1s"];
        bench.load_report(&[&usual, more].concat())
    };
    for more in [&[][..], &["--rate", "8"]] {
        let (output, report) = load(&[&["--fault", "broken"], more].concat());
        let shown = text(&output);
        assert_eq!(output.status.code(), Some(1), "{shown}");
        let judged = threshold(&report, "p95<200ms");
        assert_eq!(judged["verdict"], "violated", "{judged}: {shown}");
    }
    // A sound one is slow only where the machine is.
    let (output, report) = load(&[]);
    let shown = text(&output);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{shown}");
    let figures = report["load"]["figures"].as_array().expect("figures");
    for journey in ["SIO journey writer", "SIO journey reader", "GET /me"] {
        let is_there = figures.iter().any(|row| row["name"] == journey);
        assert!(is_there, "{journey}: {report:#}");
    }
    assert!(report["load"]["no_delivery"].is_string(), "{report:#}");
    assert!(shown.contains("round trip p50 "), "{shown}");
}

/// Each user is in a group of their own, so that what goes to every socket comes to somebody who is not in it.
#[test]
fn an_action_that_goes_to_a_group_is_done_in_one() {
    if !has_packages() {
        return;
    }
    let bench = Bench::beside_others();
    let target = cases().join("group-room/target.yaml");
    let target = target.display().to_string();
    let load = |more: &[&str]| {
        let usual = ["--target", &target, "--time", "3s", "--ramp", "1s"];
        // A slow machine is no matter here.
        let limits = ["--users", "2", "--threshold", "max<1m"];
        bench.load_report(&[&usual[..], &limits, more].concat())
    };
    let (output, report) = load(&[]);
    let shown = text(&output);
    assert_ne!(output.status.code(), Some(1), "{shown}");
    let rounds = report["load"]["round_trip"]["count"].as_u64();
    assert!(rounds.is_some_and(|rounds| rounds > 0), "{shown}");
    let (output, _) = load(&["--fault", "broken"]);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("violated  no_foreign_events"), "{shown}");
}

/// A delivery is told by two clocks. Where the target's is not ours, no limit of it is kept or missed.
#[test]
fn a_clock_that_is_not_ours_decides_no_delivery() {
    if !has_packages() {
        return;
    }
    let bench = Bench::beside_others();
    let target = cases().join("load-clock/target.yaml");
    let target = target.display().to_string();
    let rules = ["max<10s for SIO delivery", "p50>=10s for SIO delivery"];
    let load = |more: &[&str]| {
        let usual = ["--target", &target, "--time", "3s", "--ramp", "1s"];
        let limits = ["--threshold", rules[0], "--threshold", rules[1]];
        // A slow machine is no matter here.
        let slow = ["--threshold", "max<1m"];
        bench.load_report(&[&usual[..], &limits, &slow, more].concat())
    };
    let (output, report) = load(&[]);
    let shown = text(&output);
    assert_eq!(threshold(&report, rules[0])["verdict"], "holds", "{shown}");
    assert_eq!(threshold(&report, rules[1])["verdict"], "violated");
    assert_eq!(report["load"]["no_delivery"], Value::Null, "{shown}");
    for (fault, says) in [
        ("ahead", "its clock is 1m59s ahead of this machine's"),
        ("behind", "its clock is at least 1m59s behind"),
        (
            "seconds",
            "its values look like seconds, and its unit is `ms`",
        ),
        ("absent", "events `note` have no such time there"),
    ] {
        let (output, report) = load(&["--fault", fault]);
        let shown = text(&output);
        assert_eq!(output.status.code(), Some(3), "{fault}: {shown}");
        for rule in rules {
            let judged = threshold(&report, rule);
            assert_eq!(judged["verdict"], "undecided", "{fault}: {judged}");
            let why = judged["why"].as_str().expect("a reason");
            assert!(why.starts_with("`queued_at` of `socket`: "), "{why}");
            assert!(why.contains(says), "{fault}: {why}");
            assert!(shown.contains(why), "{fault}: {shown}");
        }
        assert_eq!(
            report["load"]["delivery"]["count"], 0,
            "{fault}: {report:#}"
        );
    }
}

#[test]
fn a_rate_that_so_few_users_cannot_keep_is_undecided() {
    let bench = Bench::beside_others();
    let limits = ["error-rate<=0% for SIO round trip", "p95<500ms"];
    let (output, report) = bench.load_report(&[
        "--users",
        "3",
        "--stage",
        "1s:100",
        "--stage",
        "2s:100",
        "--ramp",
        "1s",
        "--threshold",
        limits[0],
        "--threshold",
        limits[1],
    ]);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(3), "{shown}");
    for limit in limits {
        let judged = threshold(&report, limit);
        assert_eq!(judged["verdict"], "undecided", "{judged}");
        assert!(judged.to_string().contains("give more --users"), "{judged}");
    }
}

#[track_caller]
fn threshold<'a>(report: &'a Value, rule: &str) -> &'a Value {
    let mut all = { report["load"]["thresholds"].as_array() }
        .into_iter()
        .flatten();
    let named = all.find(|judged| judged["rule"] == rule);
    named.unwrap_or_else(|| panic!("{rule}: {report:#}"))
}

#[test]
fn a_load_with_too_few_deliveries_is_undecided() {
    let bench = Bench::beside_others();
    let (output, report) = bench.load_report(&[
        "--users",
        "2",
        "--time",
        "1s",
        "--ramp",
        "1s",
        "--threshold",
        "avg<10s",
    ]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert_eq!(report["verdict"], "undecided");
    assert!(
        text(&output).contains("undecided  at least 200 events of actions"),
        "{}",
        text(&output)
    );
}

/// The input is refused before anything starts, with these words.
#[track_caller]
fn refused(bench: &Bench, arguments: &[&str], says: &[&str]) {
    let output = bench.load(arguments);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    for words in says {
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    assert!(!Path::new(&bench.folder.path().join("airtight-history")).exists());
}

#[test]
fn wrong_input_is_refused_with_a_fix() {
    let bench = Bench::beside_others();
    let check = |arguments: &[&str], says: &[&str]| refused(&bench, arguments, says);
    check(
        &["--threshold", "p95<200ms for POST /lgoin"],
        &[
            "nothing called `POST /lgoin`",
            "fix: write `POST /login`, or one of HTTP, GET /login, POST /login, SIO connect, SIO delivery, SIO round trip",
        ],
    );
    check(
        &["--threshold", "p59ms"],
        &["no operator", "fix: write it as"],
    );
    check(
        &["--threshold", "q95<1ms"],
        &["`q95` is not a metric", "error-rate"],
    );
    check(&["--users", "1"], &["2..=1000"]);
    check(&["--users", "1001"], &["2..=1000"]);
    check(&["--time", "2h"], &["from 1s to 1h"]);
    check(&["--rate", "fast"], &["rounds a second"]);
    check(&["--rate", "0"], &["nothing is due"]);
    check(&["--spike", "9"], &["--rate"]);
    check(&["--stage", "9"], &["TIME:RATE"]);
    check(&["--stage", "5s:9", "--time", "9s"], &["cannot be used"]);
    check(&["--stage", "0s:9"], &["less than a second"]);
    check(&["--report", "pdf=x"], &["json=FILE", "html=FILE"]);
    let file = bench.folder.path().join("passwords");
    fs::write(&file, "alice=a\nbob=b\n").expect("written");
    let passwords = file.to_str().expect("text");
    let at = |url| ["--url", url, "--passwords", passwords, "--users", "2"];
    for elsewhere in [
        "http://192.0.2.1:5000",
        "http://example.com",
        "http://127.example.com",
    ] {
        check(
            &at(elsewhere),
            &[
                "is not this machine",
                "fix: if the system is yours to attack, add `--authorized ",
            ],
        );
    }
    let three = [
        "--url",
        "http://localhost:1",
        "--passwords",
        passwords,
        "--users",
        "3",
    ];
    check(
        &three,
        &["3 users are to work and 2 are known", "a lower --users"],
    );
}

#[test]
fn an_interrupted_load_stops_its_server() {
    let bench = Bench::beside_others();
    let mut command = bench.airtight();
    command.args(["load", "--users", "4", "--ramp", "1s"]);
    let child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs");
    let history = bench.folder.path().join("airtight-history");
    let size = || -> u64 {
        let runs = fs::read_dir(&history).into_iter().flatten().flatten();
        let files =
            runs.filter_map(|run| fs::metadata(run.path().join("load.observer.jsonl")).ok());
        files.map(|file| file.len()).sum()
    };
    wait_until("users work", || size() > 20_000);
    let id = child.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(killed.expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(bench.left_behind().is_empty(), "{:?}", bench.left_behind());

    // It names the history that it leaves, and that can be judged.
    let (_, rest) = said.split_once("`airtight recheck ").expect(&said);
    let (file, _) = rest.split_once('`').expect(&said);
    assert!(file.ends_with("load.observer.jsonl"), "{said}");
    let mut again = bench.airtight();
    let judged = again.args(["recheck", file]).output().expect("runs");
    let code = judged.status.code();
    assert!(matches!(code, Some(0 | 3)), "{code:?}: {}", text(&judged));
}
