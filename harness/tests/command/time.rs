//! A slow machine causes no violation, and a late leak is found: the command against the real server, with the machine
//! busy, with the server or the harness paused again and again, and with a leak that arrives late.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::bench::{Bench, wait_until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Users who act in turns for longer than a pause lasts. Nearly all of a turn is a promise of time.
const TURNS: &str = "scenario: two users act in turns
rules: [ISO01]
users: [alice, bob]
steps:
  - login: alice
  - login: bob
  - open: alice
  - open: bob
  - repeat:
      times: 8
      steps:
        - together:
            - start: {as: alice, action: countdown, steps: 30, interval_ms: 50}
            - start: {as: bob, action: popups}
        - await: {at: alice, event: result, at most: 2500ms}
        - await: {at: bob, event: result}
expect: [no_foreign_events, every_event_delivered, every_event_once, events_in_order]
";

impl Bench {
    /// Begins a run of scenarios; its report is `report.json`.
    fn begin(&self, scenarios: &Path, arguments: &[&str]) -> Child {
        let mut command = self.airtight();
        command.args([
            "verify",
            "--client",
            "observer",
            "--report",
            "json=report.json",
        ]);
        command.arg("--scenarios").arg(scenarios).args(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("runs")
    }

    /// A folder with this scenario alone.
    fn only(&self, scenario: &str) -> PathBuf {
        let folder = self.folder.path().join("only");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("scenario.yaml"), scenario).expect("written");
        folder
    }

    fn report(&self) -> Value {
        let text = fs::read_to_string(self.folder.path().join("report.json")).expect("a report");
        serde_json::from_str(&text).expect("JSON")
    }
}

/// Every finding of a report, with the scenario's path.
fn findings(report: &Value) -> Vec<(String, Value)> {
    let entries = report["scenarios"].as_array().expect("a list").iter();
    let of_one = |entry: &Value| {
        let findings = entry["report"]["findings"].as_array().cloned();
        let findings = findings.unwrap_or_default().into_iter();
        let path = entry["path"].to_string();
        let named = findings.map(move |finding| (path.clone(), finding));
        named.collect::<Vec<_>>()
    };
    entries.flat_map(of_one).collect()
}

fn is_violated(finding: &Value) -> bool {
    finding["verdict"] == "violated"
}

#[test]
fn a_late_leak_is_found() {
    let bench = Bench::new();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let arguments = ["--fault", "LATE-LEAK", "--only", "delivery/prompt"];
    let ended = bench.begin(&shipped, &arguments).wait();
    let report = bench.report();
    assert_eq!(ended.expect("ends").code(), Some(1), "{report}");
    let named = findings(&report)
        .into_iter()
        .any(|(_, finding)| finding["property"] == "no_foreign_events" && is_violated(&finding));
    assert!(named, "{report}");
    let listened = report["scenarios"][0]["report"]["listened_ms"].as_u64();
    assert!(listened >= Some(300), "{report}");
}

#[test]
fn a_busy_machine_causes_no_violation() {
    let bench = Bench::new();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let over = AtomicBool::new(false);
    let ended = thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..cores {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let ended = bench.begin(&shipped, &[]).wait();
        over.store(true, Ordering::Relaxed);
        ended
    });
    let report = bench.report();
    let code = ended.expect("ends").code();
    assert!(matches!(code, Some(0 | 3)), "{code:?}: {report}");
    for (scenario, finding) in findings(&report) {
        assert!(!is_violated(&finding), "{scenario}: {finding}");
    }
}

/// The servers that this run has started.
fn servers(run: u32) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").expect("/proc");
    let numbers = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let children = numbers.filter(|pid: &i32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let words = stat.rsplit_once(')').map_or("", |(_, words)| words);
        words.split_whitespace().nth(1) == Some(run.to_string().as_str())
    });
    children.filter_map(Pid::from_raw).collect()
}

/// Stops the servers of a run for 2 seconds in every 5, until the run has ended.
fn stop_and_go(run: &mut Child) {
    let is_over = |run: &mut Child, time: Duration| {
        let until = Instant::now() + time;
        while Instant::now() < until {
            if run.try_wait().expect("asked").is_some() {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    };
    while !is_over(run, Duration::from_secs(3)) {
        let stopped = servers(run.id());
        for server in &stopped {
            // One that has ended in the meantime need not be paused.
            let _ = kill_process(*server, Signal::STOP);
        }
        let over = is_over(run, Duration::from_secs(2));
        for server in &stopped {
            let _ = kill_process(*server, Signal::CONT);
        }
        if over {
            return;
        }
    }
}

#[test]
fn a_paused_server_breaks_nothing_but_promises_of_time() {
    let bench = Bench::new();
    let scenarios = bench.folder.path().join("few");
    fs::create_dir(&scenarios).expect("a folder");
    fs::write(scenarios.join("turns.yaml"), TURNS).expect("written");
    let mut run = bench.begin(&scenarios, &[]);
    stop_and_go(&mut run);
    run.wait().expect("ends");
    let report = bench.report();
    let findings = findings(&report);
    assert!(!findings.is_empty(), "{report}");
    let mut slow = 0;
    for (_, finding) in findings {
        let said = format!("{}{}", finding["reason"], finding["witnesses"]);
        if finding["verdict"] == "holds" {
            continue;
        }
        slow += 1;
        // Promises of time may be broken, but nothing else.
        assert_eq!(finding["property"], "expectations_met", "{finding}");
        let reasons = ["at most", "in time", "came in", "no acknowledgement"];
        assert!(reasons.iter().any(|reason| said.contains(reason)), "{said}");
    }
    assert!(slow > 0, "two seconds were not noticed: {report}");
}

/// A user's tab gets events just in time, again and again.
const JUST_IN_TIME: &str = "scenario: a result comes just in time
rules: [ISO15]
users: [alice, bob]
steps:
  - login: alice
  - login: bob
  - open: alice
  - open: bob
  - repeat:
      times: 3
      steps:
        - start: {as: alice, action: countdown, steps: 19, interval_ms: 100}
        - await: {at: alice, event: result, at most: 2s}
expect: [no_foreign_events, every_event_delivered]
";

/// An event that waits to be read when the time is over has kept the promise.
#[test]
fn a_paused_harness_breaks_no_promise() {
    let bench = Bench::new();
    let mut run = bench.begin(&bench.only(JUST_IN_TIME), &[]);
    let pid = Pid::from_raw(run.id().cast_signed()).expect("a pid");
    let code = loop {
        for (signal, time) in [(Signal::STOP, 170), (Signal::CONT, 30)] {
            // Nobody has waited for the process yet, so the pid is still its own.
            kill_process(pid, signal).expect("signalled");
            thread::sleep(Duration::from_millis(time));
        }
        if let Some(ended) = run.try_wait().expect("asked") {
            break ended.code();
        }
    };
    let report = bench.report();
    assert!(matches!(code, Some(0 | 3)), "{code:?}: {report}");
    for (scenario, finding) in findings(&report) {
        assert!(!is_violated(&finding), "{scenario}: {finding}");
    }
}

/// A neighbour who is as busy in each part.
const COMPARED: &str = "scenario: bob sees the same whatever alice does
rules: [ISO15]
users: [alice, bob]
steps:
  - login: bob
  - open: bob
  - start: {as: bob, action: countdown, steps: 20, interval_ms: 50}
  - await: {at: bob, event: result}
beside:
  alice:
    before:
      - login: alice
      - open: alice
    meanwhile:
      - start: {as: alice, action: popups}
      - await: {at: alice, event: result}
expect: [undisturbed]
";

/// Three parts alone and two beside a neighbour, and one more for that in which the harness slept.
#[test]
fn a_part_in_which_the_harness_slept_is_taken_again() {
    let bench = Bench::new();
    let mut run = bench.begin(&bench.only(COMPARED), &[]);
    let began = || {
        let history = walk(&bench.folder.path().join("airtight-history"));
        history.matches("\"part_began\"").count()
    };
    wait_until("a part begins", || began() > 0);
    let pid = Pid::from_raw(run.id().cast_signed()).expect("a pid");
    // Nobody has waited for the process yet, so the pid is still its own.
    kill_process(pid, Signal::STOP).expect("signalled");
    thread::sleep(Duration::from_millis(1300));
    kill_process(pid, Signal::CONT).expect("signalled");
    let code = run.wait().expect("ends").code();
    let report = bench.report();
    assert_eq!(code, Some(0), "{report}");
    assert!(began() > 5, "{}", began());
}

/// The text of every file below a folder.
fn walk(folder: &Path) -> String {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let texts = entries.map(|entry| match entry.path() {
        path if path.is_dir() => walk(&path),
        path => fs::read_to_string(path).unwrap_or_default(),
    });
    texts.collect()
}

/// A tab that cannot hear anything does not show that the server is silent.
#[test]
fn a_closed_tab_proves_no_silence() {
    let bench = Bench::new();
    for (closed, code) in [
        ("  - close: bob\n", 3),
        ("  - restart: server\n", 3),
        ("", 0),
    ] {
        let text = format!(
            "scenario: nothing comes\nrules: [ISO01]\nusers: [alice, bob]\nsteps:\n  - login: alice\n  - login: bob\n  - open: alice\n  - open: bob\n  - start: {{as: alice, action: popups}}\n  - await: {{at: alice, event: result}}\n{closed}  - quiet: {{at: bob, for: 200ms}}\nexpect: [no_foreign_events]\n"
        );
        let ended = bench.begin(&bench.only(&text), &[]).wait();
        let report = bench.report();
        assert_eq!(
            ended.expect("ends").code(),
            Some(code),
            "{closed}: {report}"
        );
    }
}

/// Events that the action had not made yet are not due, and those that it had made have arrived.
#[test]
fn a_stopped_action_owes_no_more_events() {
    let scenario = |step: &str| {
        format!(
            "scenario: an action is stopped in the middle of its work
rules: [ISO01]
users: [alice, bob]
steps:
  - login: alice
  - login: bob
  - open: alice
  - open: bob
  - start: {{as: bob, action: popups}}
  - start: {{as: alice, action: countdown, steps: 200, interval_ms: 50}}
  - await: {{at: alice, event: action_status, count: 2}}
  - {step}
expect: [no_foreign_events, every_event_delivered]
"
        )
    };
    for step in [
        "stop: {as: alice, action: countdown}",
        "stop: {as: alice, action: countdown, via: socket}",
        "emit: {as: alice, event: stop_action, data: {id: '{alice.countdown}'}, expect: granted}",
        "http: {as: alice, delete: '/api/actions/{alice.countdown}', expect: 200}",
    ] {
        let bench = Bench::new();
        let ended = bench.begin(&bench.only(&scenario(step)), &[]).wait();
        let code = ended.expect("ends").code();
        assert_eq!(code, Some(0), "{step}: {}", bench.report());
    }
}

#[test]
fn an_event_that_a_wait_missed_does_not_break_a_later_quiet() {
    let bench = Bench::new();
    let scenario = "scenario: what was waited for comes late
rules: [ISO01]
users: [alice]
steps:
  - login: alice
  - open: alice
  - start: {as: alice, action: countdown, steps: 20, interval_ms: 100}
  - await: {at: alice, event: result, within: 200ms}
  - quiet: {at: alice, for: 10s, event: result}
expect: [every_event_delivered]
";
    let ended = bench.begin(&bench.only(scenario), &[]).wait();
    let code = ended.expect("ends").code();
    let report = bench.report();
    assert_eq!(code, Some(3), "{report}");
    assert!(
        !findings(&report)
            .iter()
            .any(|(_, finding)| is_violated(finding))
    );
    // Neither the wait nor the silence is decided.
    assert!(report.to_string().contains("and 1 more"), "{report}");
}
