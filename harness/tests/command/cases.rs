//! Small servers of the kinds on which people have reported faults, in `harness/tests/cases`. Each of their runs ends
//! as the case's `expected.yaml` says, and its finding says why.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::bench::{Bench, text};
use serde_json::Value;

/// Lines of a target file, and letters of a line.
const SHORT: (usize, usize) = (25, 100);

pub(crate) fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn yaml(file: &Path) -> Value {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{file:?}: {error}"))
}

/// Without the packages that the servers need, the case is undecided. In CI it fails.
pub(crate) fn has_packages() -> bool {
    let markers = [
        "node_modules/.installed-lock.json",
        "python_modules/installed.txt",
    ];
    let installed = markers.iter().all(|marker| cases().join(marker).is_file());
    let is_ci = std::env::var_os("AIRTIGHT_CI").is_some();
    assert!(installed || !is_ci, "undecided: the servers lack packages");
    if !installed {
        eprintln!("undecided: the servers lack packages; fix: make setup");
    }
    installed
}

/// A run of a case, and how it must end.
struct Run {
    scenario: String,
    fault: Option<String>,
    verdict: String,
    /// The properties that it violates, and what a witness of each says.
    violates: BTreeMap<String, Vec<String>>,
}

impl Run {
    fn read(value: &Value) -> Self {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let violates = value["violates"].as_object().into_iter().flatten();
        let words = |(property, says): (&String, &Value)| {
            let says = says.as_array().into_iter().flatten();
            let says = says.map(|part| part.as_str().expect("a text").to_owned());
            (property.clone(), says.collect())
        };
        Self {
            scenario: text("scenario").expect("a scenario"),
            fault: text("fault"),
            verdict: text("verdict").expect("a verdict"),
            violates: violates.map(words).collect(),
        }
    }

    fn all(name: &str) -> Vec<Self> {
        let expected = yaml(&cases().join(name).join("expected.yaml"));
        let runs = expected["runs"].as_array().expect("a list");
        runs.iter().map(Self::read).collect()
    }

    /// Ends as expected, in these words.
    #[track_caller]
    fn check(&self, name: &str, bench: &Bench) {
        let report = bench.folder.path().join("report.json");
        let mut command = bench.airtight();
        // The histories go into the test's own folder.
        command
            .current_dir(cases().join(name))
            .args(["run", &self.scenario, "--target", "target.yaml"])
            .arg("--history")
            .arg(bench.folder.path().join("history"))
            .arg("--report")
            .arg(format!("json={}", report.display()));
        if let Some(fault) = &self.fault {
            command.args(["--fault", fault]);
        }
        let output = command.output().expect("runs");
        let fault = self.fault.as_deref().unwrap_or("sound");
        let run = format!("{name}/{}, {fault}:\n{}", self.scenario, text(&output));
        let code = match self.verdict.as_str() {
            "holds" => 0,
            "violated" => 1,
            "undecided" => 3,
            other => panic!("`{other}` is no verdict: {run}"),
        };
        assert_eq!(output.status.code(), Some(code), "{run}");
        for (property, says) in &self.violates {
            let report = fs::read_to_string(&report).expect("a report");
            let report: Value = serde_json::from_str(&report).expect("JSON");
            let finding = finding(&report, property);
            let finding = finding.unwrap_or_else(|| panic!("no finding of {property}: {run}"));
            assert_eq!(finding["verdict"], "violated", "{property}: {run}");
            let mut witnesses = finding["witnesses"].as_array().into_iter().flatten();
            let is_said = |witness: &Value| {
                let words = witness["says"].as_str().unwrap_or_default();
                says.iter().all(|part| words.contains(part.as_str()))
            };
            assert!(witnesses.any(is_said), "{says:?}: {finding:#}\n{run}");
        }
    }
}

fn finding<'a>(report: &'a Value, property: &str) -> Option<&'a Value> {
    let findings = report["scenarios"][0]["report"]["findings"].as_array()?;
    findings
        .iter()
        .find(|finding| finding["property"] == property)
}

#[track_caller]
fn check(name: &str) {
    if !has_packages() {
        return;
    }
    let bench = Bench::beside_others();
    for run in Run::all(name) {
        run.check(name, &bench);
        let left = bench.left_behind();
        assert!(left.is_empty(), "{name} leaves {left:?}");
    }
    promises(name, &bench);
}

/// A scenario in which nothing can leak.
const IDLE: &str = "scenario: nothing happens\nrules: [ISO04]\nusers: [alice, bob]\n\
                    steps:\n  - login: alice\n  - open: alice\nexpect: [no_foreign_events]\n";

/// What holds on any target: without a chance nothing is decided, and no shipped scenario accuses a sound server.
#[track_caller]
fn promises(name: &str, bench: &Bench) {
    let target = cases().join(name).join("target.yaml");
    let idle = bench.folder.path().join("idle.yaml");
    fs::write(&idle, IDLE).expect("written");
    let idle = idle.display().to_string();
    let scenarios = [
        idle.as_str(),
        "isolation/two-users.yaml",
        "isolation/bystander.yaml",
        "isolation/no-session.yaml",
        "sessions/logout.yaml",
        "groups/members.yaml",
        "groups/outsiders.yaml",
        "groups/leaving.yaml",
        "groups/logout.yaml",
    ];
    let (ended, report) = of_shipped(bench, &target, &scenarios, &[]);
    assert!(matches!(ended, Some(0 | 3)), "{name}: {report:#}");
    let entries = report["scenarios"].as_array().expect("a list");
    let mut of_idle = entries.iter().filter(|entry| entry["path"] == idle);
    let of_idle = &of_idle.next().expect("listed")["report"]["verdict"];
    // Where every event is for everybody, it is not applicable.
    let is_open = *of_idle == "undecided" || of_idle.is_null();
    assert!(is_open, "{name}: {report:#}");
}

/// A test for each case, by the name of its folder.
macro_rules! cases {
    ($($name:ident: $folder:literal,)*) => {
        $(
            #[test]
            fn $name() {
                check($folder);
            }
        )*

        const FOLDERS: &[&str] = &[$($folder,)*];
    };
}

cases! {
    ack_only: "ack-only",
    binary: "binary",
    chat_namespace: "chat-namespace",
    closed_board: "closed-board",
    copied_session: "copied-session",
    crowded: "crowded",
    desk: "desk",
    dropped_socket: "dropped-socket",
    frame_lists: "frame-lists",
    group_room: "group-room",
    guest_list: "guest-list",
    guests: "guests",
    half_answer: "half-answer",
    hidden_hand: "hidden-hand",
    idle_close: "idle-close",
    json_login: "json-login",
    jwt_handshake: "jwt-handshake",
    kicked: "kicked",
    last_tab: "last-tab",
    left_room: "left-room",
    list_only: "list-only",
    load_clock: "load-clock",
    load_stall: "load-stall",
    long_poll: "long-poll",
    mcp_store: "mcp-store",
    mcp_transport: "mcp-transport",
    msgpack: "msgpack",
    multi_arg: "multi-arg",
    name_prefix: "name-prefix",
    newcomer: "newcomer",
    newest_screen: "newest-screen",
    numeric_ids: "numeric-ids",
    old_token: "old-token",
    one_in_five: "one-in-five",
    one_second: "one-second",
    one_vote: "one-vote",
    open_door: "open-door",
    other_spelling: "other-spelling",
    other_tab: "other-tab",
    own_copy: "own-copy",
    packed_list: "packed-list",
    page_client: "page-client",
    page_first: "page-first",
    page_preview: "page-preview",
    polling_only: "polling-only",
    pool: "pool",
    raw_frames: "raw-frames",
    recovery: "recovery",
    rejoin_duplicates: "rejoin-duplicates",
    resend: "resend",
    room_sockets: "room-sockets",
    same_session: "same-session",
    second_action: "second-action",
    session_expiry: "session-expiry",
    shared_request: "shared-request",
    short_codes: "short-codes",
    short_ids: "short-ids",
    slow_down: "slow-down",
    sse_replay: "sse-replay",
    stale_seat: "stale-seat",
    team_roster: "team-roster",
    threads: "threads",
    typing: "typing",
    unchecked_token: "unchecked-token",
    unconfirmed: "unconfirmed",
    wrong_speaker: "wrong-speaker",
    wrong_stream: "wrong-stream",
}

#[test]
fn each_folder_is_a_case_with_a_fault_and_a_short_target_file() {
    let mut folders: Vec<String> = fs::read_dir(cases())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        // What set-up installs is no case.
        .filter(|path| path.is_dir() && !path.join("installed.txt").is_file())
        .filter(|path| !path.ends_with("node_modules"))
        .map(|path| {
            path.strip_prefix(cases())
                .expect("inside")
                .display()
                .to_string()
        })
        .collect();
    folders.sort();
    assert_eq!(folders, FOLDERS);
    for name in FOLDERS {
        let runs = Run::all(name);
        assert!(runs.iter().any(|run| run.fault.is_none()), "{name}: sound");
        for run in &runs {
            let file = cases().join(name).join(&run.scenario);
            assert!(file.is_file(), "{name}: {}", run.scenario);
            let accuses = !run.violates.is_empty();
            assert_eq!(accuses, run.verdict == "violated", "{name}");
        }
        let file = cases().join(name).join("target.yaml");
        let target = fs::read_to_string(&file).expect("text");
        let longest = target.lines().map(|line| line.chars().count()).max();
        assert!(target.lines().count() <= SHORT.0, "{name}");
        assert!(longest.is_some_and(|letters| letters <= SHORT.1), "{name}");
        // It is read without a server.
        let read = targets::read("target.yaml", &target);
        assert!(read.is_ok(), "{name}: {:?}", read.err());
    }
}

/// The shipped scenarios.
fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
}

/// What comes of shipped scenarios on a target of a case, by the names of their files.
fn of_shipped(
    bench: &Bench,
    target: &Path,
    names: &[&str],
    fault: &[&str],
) -> (Option<i32>, Value) {
    let report = bench.folder.path().join("report.json");
    let mut command = bench.airtight();
    command
        .arg("run")
        .args(names.iter().map(|name| shipped().join(name)))
        .arg("--target")
        .arg(target)
        .arg("--history")
        .arg(bench.folder.path().join("history"))
        .arg("--report")
        .arg(format!("json={}", report.display()))
        .arg("--report")
        .arg(format!("junit={}", report.with_extension("xml").display()))
        .arg("--report")
        .arg(format!("tap={}", report.with_extension("tap").display()))
        .args(fault);
    let output = command.output().expect("runs");
    let report = fs::read_to_string(&report);
    let report = report.unwrap_or_else(|error| panic!("{error}: {}", text(&output)));
    let report = serde_json::from_str(&report).expect("JSON");
    (output.status.code(), report)
}

/// Whoever asks by another's ids before there are any has asked for nothing, in whatever spelling.
#[test]
fn ids_that_are_not_there_yet_are_no_pass() {
    if !has_packages() {
        return;
    }
    let bench = Bench::beside_others();
    let text_of = |step: &str| {
        format!(
            "scenario: too early\nrules: [ISO08]\nusers: [alice, bob]\nsteps:\n  - login: everyone\n  - open: everyone\n  \
             - every foreign id: {step}\n  - start: {{as: alice, action: note}}\n  - await: {{at: alice, event: note}}\n\
             expect: [no_foreign_events]\n"
        )
    };
    let run = |step: &str| {
        let file = bench.folder.path().join("early.yaml");
        fs::write(&file, text_of(step)).expect("written");
        let mut command = bench.airtight();
        command.current_dir(cases().join("other-spelling"));
        command.arg("run").arg(&file);
        command.args(["--target", "target.yaml", "--history"]);
        // The histories go into the test's own folder.
        command.arg(bench.folder.path().join("history"));
        command.output().expect("runs")
    };
    let needed = run("{as: bob, of: alice, spelling: other}");
    assert_eq!(needed.status.code(), Some(4), "{}", text(&needed));
    let said = text(&needed);
    assert!(said.contains("alice/desktop/1 has kept no id"), "{said}");
    let possible = run("{as: bob, of: alice, spelling: other, if: possible}");
    assert_ne!(possible.status.code(), Some(4), "{}", text(&possible));
}

/// Scenarios that every chat gives an occasion for, two of another target, and one that needs a thousand users.
const SHIPPED: [&str; 4] = [
    "isolation/two-users.yaml",
    "delivery/second-tab.yaml",
    "isolation/own-log-lines.yaml",
    "noninterference/two-tabs.yaml",
];

#[test]
fn shipped_scenarios_run_on_anybodys_server() {
    if !has_packages() {
        return;
    }
    for (case, code) in [("group-room", 0), ("json-login", 0), ("guests", 0)] {
        let bench = Bench::beside_others();
        let target = cases().join(case).join("target.yaml");
        let (ended, report) = of_shipped(&bench, &target, &SHIPPED, &[]);
        assert_eq!(ended, Some(code), "{case}: {report:#}");
        let scenarios = report["scenarios"].as_array().expect("a list");
        let alone = { scenarios.iter() }
            .filter(|one| one["not_tested"]["of_another_target"] == "the reference server");
        assert_eq!(alone.count(), 2, "{case}: {report:#}");
    }
    let bench = Bench::beside_others();
    let target = cases().join("group-room/target.yaml");
    let fault = ["--fault", "broken"];
    let (ended, report) = of_shipped(&bench, &target, &SHIPPED, &fault);
    assert_eq!(ended, Some(1), "{report:#}");
}

#[test]
fn too_few_users_are_told_before_anything_is_started() {
    let bench = Bench::beside_others();
    let folder = bench.folder.path();
    let target = folder.join("target.yaml");
    let text = "target: x\nusers: {dave: {password: d}}\nlogin: {post: /login}\nopen: {connect: {}}\n\
                socket: {protocol: socket.io, path: /socket.io/}\nactions: {}\nstart: {command: [no-such-program]}\n";
    fs::write(&target, text).expect("written");
    let check = |text: &str, code: i32, key: &str| {
        fs::write(&target, text).expect("written");
        let names = ["isolation/look-alikes.yaml"];
        let (ended, report) = of_shipped(&bench, &target, &names, &[]);
        assert_eq!(ended, Some(code), "{report:#}");
        assert!(
            report["scenarios"][0]["not_tested"][key].is_string(),
            "{report:#}"
        );
        // No other format shows it in green.
        let written = |name: &str| fs::read_to_string(folder.join(name)).expect("a report");
        let (junit, tap) = (written("report.xml"), written("report.tap"));
        let (in_junit, in_tap) = match key {
            "not_applicable" => (
                "<skipped",
                "    ok 1 - the target has what the scenario needs # SKIP",
            ),
            _ => (
                "<error",
                "    not ok 1 - the target has what the scenario needs",
            ),
        };
        assert!(junit.contains(in_junit), "{junit}");
        assert!(tap.contains(in_tap), "{tap}");
    };
    let actions = text.replace(
        "actions: {}",
        "actions: {say: {takes: {text: marker}, do: {post: /say, json: {text: \"{text}\"}}, yields: {said: 3}}}",
    );
    check(&actions, 3, "no_users");
    let without = format!("{actions}without: [more users]\n");
    check(&without, 3, "not_applicable");
}

#[test]
fn a_server_with_fixed_users_is_started_once() {
    if !has_packages() {
        return;
    }
    let bench = Bench::beside_others();
    let folder = bench.folder.path();
    let case = cases().join("json-login");
    let text = fs::read_to_string(case.join("target.yaml")).expect("text");
    let script = format!(
        "echo once >> {}/starts; cd {}; exec node server.js",
        folder.display(),
        case.display()
    );
    let command = serde_json::json!(["sh", "-c", script]);
    let text = text.replace("[node, server.js]", &command.to_string());
    let target = folder.join("target.yaml");
    let starts = || {
        let starts = fs::read_to_string(folder.join("starts"));
        starts.map_or(0, |starts| starts.lines().count())
    };
    fs::write(&target, &text).expect("written");
    let names = ["isolation/two-users.yaml", "delivery/second-tab.yaml"];
    let (ended, report) = of_shipped(&bench, &target, &names, &[]);
    assert_eq!(ended, Some(0), "{report:#}");
    assert_eq!(starts(), 1);
    let restarting = folder.join("restarting.yaml");
    let steps = "scenario: it comes back\nrules: [ISO03]\nusers: [alice, bob]\nsteps:\n  - login: everyone\n  \
                 - open: everyone\n  - start: {as: alice, name: it, action: any}\n  - await: {at: alice, of: it}\n  \
                 - restart: server\nexpect: [no_foreign_events]\n";
    fs::write(&restarting, steps).expect("written");
    let name = restarting.display().to_string();
    of_shipped(&bench, &target, &[names[0], &name], &[]);
    // One for both runs of its own, and one that is shared.
    assert_eq!(starts(), 1 + 1 + 2);
    assert!(bench.left_behind().is_empty());
}
