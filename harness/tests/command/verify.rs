//! `airtight verify` against the real server: it holds, each fault is named, and nothing is left behind.
//!
//! The whole suite depends on time, so it has the machine to itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::bench::{Bench, text, wait_until};
use serde_json::Value;

impl Bench {
    fn verify(&self, arguments: &[&str]) -> (Output, Value) {
        let scenarios = scenarios();
        let output = self
            .airtight()
            .args(["verify", "--report", "json=report.json", "--scenarios"])
            .arg(&scenarios)
            .args(arguments)
            .output()
            .expect("runs");
        let report = fs::read_to_string(self.folder.path().join("report.json"))
            .unwrap_or_else(|_| panic!("no report: {}", text(&output)));
        (output, serde_json::from_str(&report).expect("JSON"))
    }

    /// A scenario file of this text.
    fn scenario(&self, text: &str) -> PathBuf {
        let file = self.folder.path().join("scenario.yaml");
        fs::write(&file, text).expect("written");
        file
    }

    fn histories(&self) -> Vec<PathBuf> {
        let runs = fs::read_dir(self.folder.path().join("airtight-history"))
            .into_iter()
            .flatten();
        let files =
            runs.flat_map(|run| fs::read_dir(run.expect("an entry").path()).expect("a folder"));
        files.map(|file| file.expect("an entry").path()).collect()
    }
}

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
}

#[test]
fn the_reference_server_holds_with_a_thousand_users_too() {
    let bench = Bench::new();
    // The front page's test plays all of it by `rust-socketio` too.
    let (output, report) = bench.verify(&["--client", "observer"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let scenarios = report["scenarios"].as_array().expect("a list");
    assert!(scenarios.len() >= 20, "{}", scenarios.len());
    let thousand = scenarios
        .iter()
        .find(|entry| {
            entry["path"]
                .as_str()
                .is_some_and(|path| path.contains("thousand-users"))
        })
        .expect("listed");
    assert!(
        thousand["report"]["deliveries"].as_u64() >= Some(3000),
        "{thousand}"
    );
    assert!(report["chances_to_leak"].as_u64() >= Some(1000));
    assert!(bench.left_behind().is_empty(), "{:?}", bench.left_behind());

    // The histories say the same without the server.
    let run = { scenarios.iter() }.filter(|entry| !entry["report"].is_null());
    for entry in run {
        let history = entry["history"].as_str().expect("a file");
        let again = bench
            .airtight()
            .args(["recheck", history, "--report", "json=again.json", "--quiet"])
            .status()
            .expect("runs");
        assert_eq!(again.code(), Some(0), "{history}");
        let again = fs::read_to_string(bench.folder.path().join("again.json")).expect("a report");
        assert_eq!(
            serde_json::from_str::<Value>(&again).expect("JSON"),
            entry["report"],
            "{history}"
        );
    }
}

/// In these scenarios, this property names the fault, and a witness has these words.
#[track_caller]
fn names((fault, only): (&str, &str), property: &str, says: &[&str]) {
    let bench = Bench::beside_others();
    let (output, report) =
        bench.verify(&["--client", "observer", "--fault", fault, "--only", only]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let findings = report["scenarios"]
        .as_array()
        .expect("a list")
        .iter()
        // One that is not applicable has none.
        .filter_map(|entry| entry["report"]["findings"].as_array())
        .flatten();
    let mut named = findings.filter(|finding| {
        finding["property"] == property
            && finding["verdict"] == "violated"
            && finding["rules"]
                .as_array()
                .is_some_and(|rules| rules.iter().any(|rule| rule == fault))
    });
    let witness = named
        .find_map(|finding| finding["witnesses"].get(0).cloned())
        .unwrap_or_else(|| panic!("{fault} is not named: {}", text(&output)));
    for words in says {
        assert!(witness.to_string().contains(words), "{words}: {witness}");
    }
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains(&format!("breaks {fault}")), "{shown}");
}

#[test]
fn iso03_is_named() {
    names(
        ("ISO03", "delivery/second-tab"),
        "every_event_delivered",
        &["alice/desktop/1", "got 0 of"],
    );
}

#[test]
fn iso04_is_named() {
    names(
        ("ISO04", "isolation/own-thread-list"),
        "no_foreign_events",
        &["owned by", "desktop", "42[\\\"threads\\\""],
    );
}

#[test]
fn iso06_is_named() {
    names(
        ("ISO06", "isolation/flood"),
        "every_event_delivered",
        &["alice/desktop/1", "`modal`"],
    );
}

#[test]
fn iso09_is_named() {
    names(
        ("ISO09", "ISO09"),
        "silent_after_session_end",
        &["alice/", "sent after the session's end", "42["],
    );
}

#[test]
fn an_unknown_fault_is_reported_once() {
    let bench = Bench::beside_others();
    let verify = ["verify", "--fault", "ISO99", "--scenarios"];
    let output = bench.airtight().args(verify).arg(scenarios()).output();
    let output = output.expect("runs");
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    // Once, and not for each scenario.
    let n_said = text(&output).matches("the faults are ISO01").count();
    assert_eq!(n_said, 1, "{}", text(&output));
}

#[test]
fn one_user_alone_proves_nothing() {
    let bench = Bench::beside_others();
    let file = bench.scenario("scenario: alone\nrules: [ISO04]\nusers: [alice]\nsteps:\n  - login: alice\n  - open: alice\n  - start: {as: alice, action: popups}\n  - await: {at: alice, event: result}\nexpect: [no_foreign_events, every_event_delivered]\n");
    let output = bench.run(&file);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(
        text(&output).contains("isolation needs two users"),
        "{}",
        text(&output)
    );
}

#[test]
fn a_step_that_fails_is_a_violation_and_not_a_crash() {
    let bench = Bench::beside_others();
    let file = bench.scenario("scenario: a wrong expectation\nrules: [WEB10]\nusers: [alice]\nsteps:\n  - http: {as: stranger, get: /health, expect: 404}\nexpect: [expectations_met]\n");
    let output = bench.run(&file);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(
        text(&output).contains("GET /health answers 404: 200"),
        "{}",
        text(&output)
    );
}

/// This run once hung, because it locked the actions a second time while it held the first lock.
#[test]
fn a_header_may_name_an_action() {
    let bench = Bench::beside_others();
    let scenario = bench.scenario(
        "scenario: a header names another user's action\nrules: [ISO08]\nusers: [alice, bob]\nsteps:\n  - login: alice\n  - login: bob\n  - open: alice\n  - start: {as: alice, action: endless}\n  - http: {as: bob, delete: \"/api/actions/{alice.endless}\", headers: {X-Action: \"{alice.endless}\"}, expect: 404}\nexpect: [others_actions_out_of_reach]\n",
    );
    let output = bench.run(&scenario);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

const LONG: &str = "scenario: long\nrules: [ISO04]\nusers: [alice, bob]\nsteps:\n  - login: alice\n  - login: bob\n  - open: alice\n  - open: bob\n  - start: {as: alice, action: countdown, steps: 1000}\n  - start: {as: bob, action: countdown, steps: 1000}\n  - await: {at: alice, event: result, within: 1m}\nexpect: [no_foreign_events, events_in_order]\n";

/// Kills a run in the middle. The history can be judged, and the server ends.
#[track_caller]
fn killed_by(signal: &str) {
    let bench = Bench::beside_others();
    let file = bench.scenario(LONG);
    let mut child = bench
        .airtight()
        .arg("run")
        .arg(file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("runs");
    let history = || bench.histories().pop();
    let lines = || {
        history()
            .and_then(|file| fs::read_to_string(file).ok())
            .map_or(0, |text| text.lines().count())
    };
    wait_until("events arrive", || lines() > 30);
    let first = fs::read_dir(bench.folder.path())
        .expect("the folder")
        .filter_map(Result::ok)
        .find(|entry| {
            entry.file_name().to_string_lossy().starts_with("airtight-")
                && entry.file_name() != "airtight-history"
        });
    let folder = first.expect("the server's folder").path();
    let port = server_port(&folder);
    let killed = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(killed.success());
    child.wait().expect("it ends");
    wait_until("the server has ended", || {
        std::net::TcpStream::connect(("127.0.0.1", port)).is_err()
    });
    let output = bench
        .airtight()
        .arg("recheck")
        .arg(history().expect("a history"))
        .output()
        .expect("runs");
    // Nothing leaked until then, and later events are unknown.
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(text(&output).contains("cut short"), "{}", text(&output));
}

/// The listening port of the process that works in `folder`.
fn server_port(folder: &Path) -> u16 {
    let pids = fs::read_dir("/proc")
        .expect("/proc")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let inodes: Vec<String> = pids
        .filter(|pid| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == folder))
        .flat_map(|pid| {
            fs::read_dir(format!("/proc/{pid}/fd"))
                .into_iter()
                .flatten()
        })
        .filter_map(|fd| {
            fs::read_link(fd.ok()?.path())
                .ok()?
                .to_str()?
                .strip_prefix("socket:[")?
                .strip_suffix(']')
                .map(str::to_owned)
        })
        .collect();
    let table = fs::read_to_string("/proc/net/tcp").expect("the table");
    let listening = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|words| {
            words.get(3) == Some(&"0A")
                && words
                    .get(9)
                    .is_some_and(|inode| inodes.iter().any(|own| own == inode))
        });
    let address = listening.expect("a listening socket")[1].to_owned();
    u16::from_str_radix(address.rsplit(':').next().expect("a port"), 16).expect("a number")
}

#[test]
fn a_run_killed_at_once_can_be_judged_and_leaves_no_server() {
    killed_by("-KILL");
}

#[test]
fn an_interrupted_run_stops_its_server() {
    killed_by("-INT");
}
