//! What single steps claim, on the reference server: each claim in a run in which it holds, in one in which it is
//! violated, and in one in which nobody knows.

use std::fs;
use std::net::TcpListener;

use self::Ends::{Holds, Missed, Undecided, Violated};
use crate::bench::{Bench, text};

/// What becomes of a claim.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Holds,
    Violated,
    Undecided,
    /// It is violated by what did not come in time. On a machine that is too slow for a verdict, it is undecided, and
    /// says so.
    Missed,
}

/// What alice does once bob and she are there.
fn scenario(steps: &str) -> String {
    format!(
        "scenario: one step after the other
rules: [ISO01]
users: [alice, bob]
steps:
  - login: alice
  - login: bob
  - open: alice
  - open: bob
  - start: {{as: bob, action: popups, name: his}}
  - start: {{as: alice, action: popups, count: 3}}
  - await: {{at: alice, event: result}}
{steps}
expect: [no_foreign_events]
"
    )
}

/// Runs the scenario of each case, all of them in one command. Each ends as its case says, in these words.
#[track_caller]
fn check(cases: &[(&str, Ends, &str)]) {
    let bench = Bench::new();
    let folder = bench.folder.path().join("steps");
    fs::create_dir(&folder).expect("a folder");
    for (number, (steps, ..)) in cases.iter().enumerate() {
        let file = folder.join(format!("{number:02}.yaml"));
        fs::write(file, scenario(steps)).expect("written");
    }
    let mut command = bench.airtight();
    command.args([
        "verify",
        "--client",
        "observer",
        "--report",
        "json=report.json",
        "--scenarios",
        "steps",
    ]);
    let output = command.output().expect("runs");
    let report = fs::read_to_string(bench.folder.path().join("report.json"));
    let report = report.unwrap_or_else(|error| panic!("{error}: {}", text(&output)));
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let entries = report["scenarios"].as_array().expect("a list");
    assert_eq!(entries.len(), cases.len(), "{report}");
    for (entry, (steps, ends, says)) in entries.iter().zip(cases) {
        let findings = entry["report"]["findings"].as_array().expect("a list");
        let met = findings
            .iter()
            .find(|finding| finding["property"] == "expectations_met");
        let met = met.unwrap_or_else(|| panic!("{steps}: {entry}"));
        let said = format!("{}{}", met["reason"], met["witnesses"]).replace("\\\"", "\"");
        let is_slow =
            ["late by", "slow for everybody", "still arriving"].map(|why| said.contains(why));
        let verdict = match ends {
            Holds => "holds",
            Missed if is_slow.contains(&true) => "undecided",
            Violated | Missed => "violated",
            Undecided => "undecided",
        };
        assert_eq!(met["verdict"], verdict, "{steps}: {met}");
        assert!(said.contains(says), "{steps}: {said}");
    }
}

#[test]
fn a_wait_claims_nothing_and_an_await_from_now_takes_only_what_comes_then() {
    let again = "  - start: {as: alice, action: countdown, steps: 20, interval_ms: 100}\n";
    check(&[
        (
            "  - wait: 300ms\n  - await: {at: alice, event: popup}",
            Holds,
            "",
        ),
        (
            &format!("{again}  - await: {{at: alice, event: result, from: now}}"),
            Holds,
            "",
        ),
        (
            "  - await: {at: alice, event: popup, from: now, within: 300ms}",
            Undecided,
            "1 `popup` from then on within 300ms: 0 came",
        ),
        (
            "  - await: {at: alice, event: popup, from: now, at most: 300ms, of: popups}",
            Missed,
            "1 `popup` from then on after 300ms at most: 0 came",
        ),
    ]);
}

#[test]
fn a_count_is_judged_when_the_run_has_settled() {
    let again = "\n  - start: {as: alice, action: popups, name: more, count: 2}";
    let count = |settings: &str| format!("  - count: {{at: alice, event: popup, {settings}}}");
    let after = |settings: &str, steps: &str| count(settings) + steps;
    check(&[
        (&count("is: 3"), Holds, ""),
        (&after("is: 5", again), Holds, ""),
        (&after("is: 2, from: now", again), Holds, ""),
        (&after("is: 3, of: popups", again), Holds, ""),
        (
            &after("is: 3", "\n  - cut: alice\n  - resume: alice"),
            Holds,
            "",
        ),
        (
            &after("is: 3", again),
            Violated,
            "exactly 3 `popup`: 5 came",
        ),
        (&count("is: 4"), Missed, "exactly 4 `popup`: 3 came"),
        (
            &after("is: 0, from: now", again),
            Violated,
            "exactly 0 `popup` from then on: 2 came",
        ),
        (
            &after("is: 4", "\n  - close: alice"),
            Undecided,
            "3 came: then the scenario ended the connection",
        ),
        (
            &after("is: 4", "\n  - logout: alice"),
            Undecided,
            "then its session ended",
        ),
        (
            &after("is: 0, from: now", "\n  - close: alice"),
            Undecided,
            "0 came: the tab is closed",
        ),
    ]);
}

#[test]
fn a_tab_is_closed_by_the_server_in_time_and_with_its_code() {
    check(&[
        (
            "  - logout: alice\n  - closed: {at: alice, within: 3s}",
            Holds,
            "",
        ),
        (
            "  - logout: alice\n  - closed: {at: alice, at most: 3s, reason: packet}",
            Holds,
            "",
        ),
        (
            "  - logout: alice\n  - closed: {at: alice, within: 3s, code: [4401, 1008]}",
            Violated,
            "the server closes the tab with code 4401 or 1008 within 3s: it closed it: ",
        ),
        (
            "  - closed: {at: alice, at most: 300ms}",
            Missed,
            "the server closes the tab after 300ms at most: it was open after",
        ),
        (
            "  - closed: {at: alice, within: 300ms}",
            Undecided,
            "it was open after ",
        ),
    ]);
}

#[test]
fn an_answer_is_judged_clause_by_clause() {
    check(&[
        (
            "  - http: {as: alice, get: /api/actions, expect: {status: [200, 204], header: {Content-Type: application/json}, cookie: paralax_session, has: popups, lacks: '{bob.his}'}}",
            Holds,
            "",
        ),
        (
            "  - http: {as: bob, delete: '/api/actions/{bob.his}', expect: {/nothing: absent}}",
            Holds,
            "",
        ),
        (
            "  - http: {as: stranger, get: /, expect: {status: 200, header: {Location: /home}}}",
            Violated,
            "GET / has the header Location: `/home`: header `location` is \"/login",
        ),
        (
            "  - http: {as: alice, get: /api/actions, expect: {cookie: {paralax_session: x}}}",
            Violated,
            "cookie `paralax_session` is \"(hidden)\"",
        ),
    ]);
}

#[test]
fn an_acknowledgement_is_judged_by_what_it_carries() {
    let stop = "  - start: {as: alice, action: endless}\n  - emit: {as: alice, event: stop_action, arguments: [{id: '{alice.endless}'}], expect: {ack: {/ok: true, /error: absent}}}";
    check(&[
        (stop, Holds, ""),
        (
            "  - emit: {as: alice, event: user_connected, expect: {ack: true}}",
            Holds,
            "",
        ),
        (
            "  - emit: {as: alice, event: nothing, arguments: [], expect: {ack: {/ok: true}}}",
            Violated,
            "`nothing` is acknowledged with /ok: true: there is no `/ok` in the acknowledgement",
        ),
    ]);
}

#[test]
fn where_nobody_listens_no_scenario_is_run() {
    let bench = Bench::beside_others();
    let file = bench.folder.path().join("mine.yaml");
    fs::write(&file, scenario("")).expect("written");
    let passwords = bench.folder.path().join("users.txt");
    fs::write(&passwords, "alice=apple\nbob=banana\n").expect("written");
    // Nobody listens at a port that was just given back.
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let output = bench
        .airtight()
        .arg("run")
        .arg(&file)
        .args(["--url", &url])
        .arg("--passwords")
        .arg(&passwords)
        .output()
        .expect("runs");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(
        said.contains("nobody listens at 127.0.0.1, port "),
        "{said}"
    );
    assert!(!said.contains("undecided"), "{said}");
}
