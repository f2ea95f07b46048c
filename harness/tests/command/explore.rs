//! Exploration against the real server: it finds open faults, writes them as scenarios, and finds nothing in a clean
//! server.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::sync::Mutex;
use std::thread;

use crate::bench::{Bench, text};
use crate::cases;

/// How many explorations run at once. With more, they slow each other down while they shrink.
const AT_ONCE: usize = 2;
/// How the reference server is described.
const REFERENCE: &str = include_str!("../../../scenarios/targets/reference.yaml");

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
    assert!(
        text(&output).contains("found/iso08-5.yaml --fault ISO08"),
        "{}",
        text(&output)
    );
    // Runs that only shrink or confirm do not count as schedules.
    assert!(count(&output, " schedules, ") <= 500, "{}", text(&output));
    assert!(text(&output).contains("shrunk in "), "{}", text(&output));
    // A sound server passes the scenario.
    let sound = run(&[]);
    assert_eq!(sound.status.code(), Some(0), "{}", text(&sound));
    assert!(bench.left_behind().is_empty(), "{:?}", bench.left_behind());
}

/// Runs `one` for each of these, several at once, because an exploration mostly waits for servers and events.
fn several_at_once<T: Send>(all: impl Iterator<Item = T> + Send, one: impl Fn(T) + Sync) {
    let all = Mutex::new(all);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = all.lock().expect("no other failed").next();
                    let Some(next) = next else { return };
                    one(next);
                }
            });
        }
    });
}

/// The number before these words in the output, where one has its singular: "1 schedule", "2 schedules".
fn count_if_any(output: &Output, words: &str) -> Option<u64> {
    let said = text(output);
    let several = regex::escape(words);
    let one = several.replacen("schedules", "schedule", 1);
    let pattern = format!("\\b(?:(1){one}|(0|[2-9]|[1-9][0-9]+){several})");
    let found = regex::Regex::new(&pattern)
        .expect("a pattern")
        .captures(&said);
    found.and_then(|found| found.get(1).or(found.get(2))?.as_str().parse().ok())
}

fn count(output: &Output, words: &str) -> u64 {
    let count = count_if_any(output, words);
    count.unwrap_or_else(|| panic!("no{words}: {}", text(output)))
}

/// Random schedules find the fault within minutes. One of these properties names it, and the scenario has at most eight
/// steps, including the logins and tabs of its users.
#[track_caller]
fn is_rediscovered(bench: &Bench, fault: &str, properties: &[&str], (seed, more): (u64, &[&str])) {
    let seed = seed.to_string();
    let output = bench
        .airtight()
        .args([
            "explore", "--fault", fault, "--seed", &seed, "--out", "found",
        ])
        .args(["--cases", "100000", "--time", "3m", "--jobs", "2"])
        .args(more)
        .output()
        .expect("runs");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{fault}: {said}");
    let speaks = |property: &&str| said.contains(&format!("violated   {property}: "));
    assert!(properties.iter().any(speaks), "{fault}: {said}");
    let file = format!("found/{}-{seed}.yaml", fault.to_lowercase());
    let scenario = fs::read_to_string(bench.folder.path().join(file)).expect("a scenario");
    assert!(
        count(&output, " steps, found after") <= 8,
        "{fault}: {said}{scenario}"
    );
}

/// Random schedules find each of these faults, by one of its properties. One fault of each kind is enough beside all
/// other tests; `make explorations` has them all.
#[track_caller]
fn are_rediscovered(faults: &[(&str, &[&str])]) {
    let bench = Bench::new();
    let is_all = env::var_os("EXPLORATIONS").is_some();
    let faults = if is_all { faults } else { &faults[..1] };
    several_at_once(faults.iter(), |(fault, properties)| {
        is_rediscovered(&bench, fault, properties, (5, &[]));
    });
}

#[test]
fn random_schedules_find_leaks_of_names_and_lists() {
    are_rediscovered(&[
        // An ambiguous name.
        ("ISO01", &["no_foreign_events"]),
        // A list of everybody's actions.
        ("ISO04", &["no_foreign_events"]),
        // An action that strangers read.
        ("WEB10", &["expectations_met", "no_foreign_events"]),
    ]);
}

#[test]
fn random_schedules_find_what_an_action_without_a_marker_leads_to() {
    let bench = Bench::new();
    let watch = r#"  watch: {marked: false, do: {emit: [live_logs, {"on": true}], granted: {ack: {/on: true}}}}"#;
    let target = REFERENCE.replacen("\nsurfaces:", &format!("\n{watch}\nsurfaces:"), 1);
    assert_ne!(target, REFERENCE);
    fs::write(bench.folder.path().join("target.yaml"), target).expect("written");
    // A log of everybody's lines, which only those get who have asked for their own.
    is_rediscovered(
        &bench,
        "ISO05",
        &["no_foreign_events"],
        // Its find is a short one, which is soon shrunk.
        (2, &["--target", "target.yaml"]),
    );
}

#[test]
fn random_schedules_find_events_without_an_owner() {
    are_rediscovered(&[
        // A result without an owner.
        ("ISO07", &["no_foreign_events"]),
        // A socket that outlives its session.
        ("ISO09", &["silent_after_session_end"]),
        // A room that the client names: another user's, or its own a second time.
        ("ISO10", &["no_foreign_events", "every_event_once"]),
        // A task without an owner.
        ("ISO13", &["no_foreign_events"]),
    ]);
}

#[test]
fn random_schedules_find_lost_and_doubled_events() {
    are_rediscovered(&[
        // A lost message.
        ("LOST", &["every_event_delivered"]),
        // A closed tab that silences the session's other tabs.
        ("ISO03", &["every_event_delivered"]),
        // A doubled event.
        ("DOUBLED", &["every_event_once"]),
    ]);
}

/// Searches a small server of the cases for a short time.
fn of_case(bench: &Bench, name: &str, fault: Option<&str>, more: &[&str]) -> Output {
    let mut command = bench.airtight();
    command
        .current_dir(cases::cases().join(name))
        .args(["explore", "--target", "target.yaml", "--seed", "1"])
        .args(["--jobs", "2", "--out"])
        .arg(bench.folder.path().join("found"))
        .arg("--history")
        .arg(bench.folder.path().join("history"))
        .args(more);
    if let Some(fault) = fault {
        command.args(["--fault", fault]);
    }
    command.output().expect("runs")
}

/// A search of anybody's server finds what its target file has a place for, and names its own rule; the sound server is
/// accused of nothing. One of them is enough beside all other tests; `make explorations` has them all.
#[track_caller]
fn finds_in_case(name: &str, property: &str, rule: &str) {
    let is_all = env::var_os("EXPLORATIONS").is_some();
    if !cases::has_packages() || !(is_all || name == "threads") {
        return;
    }
    let bench = Bench::beside_others();
    let output = of_case(&bench, name, Some("broken"), &["--time", "1m"]);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{name}: {said}");
    assert!(said.contains(&format!("violated   {property}: ")), "{said}");
    assert!(said.contains(&format!("  breaks {rule}")), "{said}");
    let sound = of_case(&bench, name, None, &["--cases", "8", "--time", "20s"]);
    let said = text(&sound);
    assert_eq!(sound.status.code(), Some(0), "{name}: {said}");
    let left = bench.left_behind();
    assert!(left.is_empty(), "{name} leaves {left:?}");
}

#[test]
fn another_users_ids_are_put_where_ones_own_stand() {
    finds_in_case("threads", "no_foreign_events", "ISO08");
}

#[test]
fn two_requests_with_one_id_are_made_at_once() {
    finds_in_case("mcp-transport", "no_foreign_events", "ISO26");
}

#[test]
fn what_somebody_left_behind_is_the_next_ones_answer() {
    finds_in_case("pool", "no_foreign_events", "ISO");
}

#[test]
fn what_goes_to_everybody_is_found() {
    finds_in_case("raw-frames", "no_foreign_events", "ISO");
}

#[test]
fn who_was_in_a_room_hears_nothing_of_the_next_one_of_its_code() {
    finds_in_case("short-codes", "no_foreign_events", "ISO");
}

#[test]
fn another_users_ids_are_written_otherwise() {
    finds_in_case("other-spelling", "no_foreign_events", "ISO08");
}

#[test]
fn ids_that_are_numbers_accuse_nobody() {
    if !cases::has_packages() {
        return;
    }
    let bench = Bench::beside_others();
    let more = ["--cases", "8", "--time", "20s"];
    let sound = of_case(&bench, "numeric-ids", None, &more);
    assert_eq!(sound.status.code(), Some(0), "{}", text(&sound));
}

#[test]
fn a_tab_comes_back_after_others_were_busy() {
    finds_in_case("mcp-store", "no_foreign_events", "ISO");
}

#[test]
fn only_what_is_ones_own_is_attacked() {
    let bench = Bench::beside_others();
    let target = "target: x\nlogin: none\nactions: {say: {takes: {text: marker}, do: {post: /, body: \"{text}\"}}}\n";
    fs::write(bench.folder.path().join("target.yaml"), target).expect("written");
    let output = bench
        .airtight()
        .args([
            "explore",
            "--target",
            "target.yaml",
            "--url",
            "http://192.0.2.1",
        ])
        .output()
        .expect("runs");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("--authorized 192.0.2.1"), "{said}");
    // An address that does not answer is never asked.
    let load = [
        "load",
        "--target",
        "target.yaml",
        "--url",
        "http://192.0.2.1",
    ];
    let output = bench.airtight().args(load).output().expect("runs");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("--authorized 192.0.2.1"), "{said}");
    let output = bench
        .airtight()
        .args(["explore", "--except", "no_foreign_event"])
        .output()
        .expect("runs");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("no_foreign_events"), "{said}");
}

/// `make explorations` has more of them.
#[test]
fn explorations_of_a_clean_server_find_no_violation() {
    let bench = Bench::new();
    let tried = Mutex::new(0);
    let wished = env::var("EXPLORATIONS").ok();
    let wished = wished.map_or(4, |text| text.parse().expect("a number"));
    several_at_once(101..101 + wished, |seed: u64| {
        let output = bench
            .airtight()
            .args(["explore", "--seed", &seed.to_string(), "--time", "5m"])
            .args(["--cases", "8", "--together", "8", "--jobs", "1"])
            .output()
            .expect("runs");
        assert_ne!(output.status.code(), Some(1), "{}", text(&output));
        *tried.lock().expect("no other failed") += count(&output, " schedules, ");
    });
    // Schedules that could not run are no violations, but there must be few of them.
    let tried = tried.into_inner().expect("no other failed");
    let all = 8 * wished;
    assert!(10 * tried > 9 * all, "{tried} of {all} schedules");
}

/// A target whose program sometimes fails, as this line of shell says.
fn target(bench: &Bench, wrong: &str) {
    let folder = bench.folder.path();
    let server = Path::new(env!("CARGO_BIN_EXE_airtight")).with_file_name("reference-server");
    // Each call gets a number of its own, even if several come at once.
    let script = format!(
        "#!/bin/sh\nexec 9>>{0}/calls\nflock 9\necho \"$1\" >&9\nn=$(grep -c \"^$1\" {0}/calls)\nexec 9>&-\ncase $1 in\n{wrong}\nesac\nexec {1} \"$@\"\n",
        folder.display(),
        server.display()
    );
    let program = folder.join("server.sh");
    fs::write(
        &program,
        script.replace("SERVER", &server.to_string_lossy()),
    )
    .expect("written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("may be run");
    let ours = format!("command: [{},", program.display());
    let target = REFERENCE.replace("command: [reference-server,", &ours);
    assert_ne!(target, REFERENCE);
    fs::write(folder.join("target.yaml"), target).expect("written");
}

/// Explores a target that fails in this way.
fn explore_wrong(wrong: &str) -> Output {
    let bench = Bench::new();
    target(&bench, wrong);
    let mut command = bench.airtight();
    command.args(["explore", "--target", "target.yaml", "--seed", "3"]);
    command.args(["--cases", "12", "--together", "2", "--time", "5m"]);
    command.output().expect("runs")
}

#[test]
fn a_schedule_that_cannot_run_is_reported_and_is_no_violation() {
    // Every fourth start of the server fails.
    let some = explore_wrong("serve) [ $((n % 4)) != 1 ] || exit 1 ;;");
    assert_eq!(some.status.code(), Some(0), "{}", text(&some));
    let missed = count(&some, " schedules could not start; the first: ");
    assert!(missed > 0, "{}", text(&some));
    // A start that fails in the middle of a schedule ends the schedule.
    let ended = " schedules stopped early; the first: ";
    let ended = count_if_any(&some, ended).unwrap_or(0);
    let tried = count(&some, " schedules, ");
    assert_eq!(missed + ended + tried, 12, "{}", text(&some));
    // None starts.
    let none = explore_wrong("serve) exit 1 ;;");
    assert_eq!(none.status.code(), Some(4), "{}", text(&none));
    assert!(
        text(&none).contains("could not run: 0 schedules"),
        "{}",
        text(&none)
    );
    assert!(text(&none).contains("fix: "), "{}", text(&none));
}

#[test]
fn a_schedule_that_stops_early_counts_as_not_run() {
    // On every fourth server the users have other passwords, so that nobody can log in.
    let wrong = "user) [ $((n % 4)) != 1 ] || { sed 's/$/x/' | SERVER \"$@\"; exit; } ;;";
    let some = explore_wrong(wrong);
    assert_eq!(some.status.code(), Some(0), "{}", text(&some));
    let missed = count(&some, " schedules stopped early; the first: ");
    assert!(missed > 0, "{}", text(&some));
    assert_eq!(missed + count(&some, " schedules, "), 12, "{}", text(&some));
    let none = explore_wrong("user) sed 's/$/x/' | SERVER \"$@\"; exit ;;");
    assert_eq!(none.status.code(), Some(4), "{}", text(&none));
    assert!(!text(&none).contains("violated"), "{}", text(&none));
}

#[test]
fn a_wrong_flag_of_explore_exits_with_2() {
    let bench = Bench::new();
    let explore = ["explore", "--target", "none.yaml"];
    let output = bench.airtight().args(explore).output().expect("runs");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
}
