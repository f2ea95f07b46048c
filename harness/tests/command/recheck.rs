//! `airtight recheck` as a user runs it: exit codes, output, reports, bad input.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use evidence::{ActionId, Marker, Observation, Place, Scene, UserName, What};

fn airtight(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_airtight"))
        .args(args)
        .output()
        .expect("starts")
}

/// A history of two users: amy starts an action, and its result arrives at `seer`.
fn history(seer: &str) -> Vec<u8> {
    let marker = Marker::new(&UserName::from("amy"), 7);
    let place = |user: &str, tab: Option<&str>| Place {
        user: Some(UserName::from(user)),
        session: "desktop".to_owned(),
        tab: tab.map(str::to_owned),
    };
    let logged_in = |id: &str| What::LoggedIn {
        before: None,
        after: id.to_owned(),
    };
    let stranger = Place {
        user: None,
        session: "the run".to_owned(),
        tab: None,
    };
    let seen = [
        (place("amy", None), logged_in("a")),
        (place("bob", None), logged_in("b")),
        (place("amy", Some("1")), What::joined(Some(0))),
        (place("bob", Some("1")), What::joined(Some(0))),
        (place("amy", None), What::sent(marker.clone())),
        (
            place("amy", None),
            What::Confirmed {
                marker: marker.clone(),
                action: ActionId::from("x1"),
                yields: BTreeMap::from([("result".to_owned(), 1)]),
                exact: BTreeSet::new(),
            },
        ),
        (
            place(seer, Some("1")),
            What::received(
                "result".to_owned(),
                Some(1),
                format!("42[\"result\",{{\"text\":\"{marker}\"}}]"),
            ),
        ),
        (stranger, What::settled()),
    ];
    let scene = Scene {
        airtight_history: 1,
        scenario: "each user sees only their own results".to_owned(),
        rules: vec!["ISO10".to_owned()],
        users: vec![UserName::from("amy"), UserName::from("bob")],
        expect: vec![
            "no_foreign_events".to_owned(),
            "every_event_delivered".to_owned(),
        ],
        seed: 42,
        ..Scene::default()
    };
    let mut text = serde_json::to_string(&scene).expect("plain data") + "\n";
    for (index, (place, what)) in seen.into_iter().enumerate() {
        let seq = index as u64 + 1;
        let line = Observation {
            seq,
            at_us: seq * 1000,
            place,
            what,
        };
        text += &(serde_json::to_string(&line).expect("plain data") + "\n");
    }
    text.into_bytes()
}

#[track_caller]
fn recheck(bytes: &[u8], args: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("history.jsonl");
    fs::write(&file, bytes).expect("written");
    run_on(&file, args)
}

fn run_on(file: &Path, args: &[&str]) -> (i32, String, String) {
    let name = file.to_str().expect("a plain path");
    let output = airtight(&[&["recheck", name], args].concat());
    let text = |bytes| {
        String::from_utf8(bytes)
            .expect("text")
            .replace(name, "FILE")
    };
    (
        output.status.code().unwrap_or(-1),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_clean_history_holds() {
    let (code, out, _) = recheck(&history("amy"), &[]);
    assert_eq!(code, 0, "{out}");
    assert!(out.ends_with("holds: 1 delivery, seed 42\n"), "{out}");
}

#[test]
fn a_leak_is_violated_and_its_frame_is_shown() {
    let (code, out, _) = recheck(&history("bob"), &[]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("#7: bob/desktop/1 got z33"), "{out}");
    assert!(out.contains("owned by amy"), "{out}");
    assert!(out.contains("amy/desktop/1 got 0 of 1 `result`"), "{out}");
    // The frame is shown as it arrived, so that it can be copied.
    assert!(out.contains("frame: 42[\"result\",{\"text\":"), "{out}");
}

#[test]
fn a_cut_history_can_show_a_leak_but_not_that_there_was_none() {
    let cut = |seer: &str, lines: usize| {
        let whole = history(seer);
        let lines = whole.split_inclusive(|byte| *byte == b'\n').take(lines);
        recheck(&lines.flatten().copied().collect::<Vec<u8>>(), &[])
    };
    let (code, out, _) = cut("amy", 8);
    assert_eq!(code, 3, "{out}");
    assert!(
        out.contains("cut short") && out.contains("is not known"),
        "{out}"
    );
    let (code, out, _) = cut("bob", 8);
    assert_eq!(code, 1, "{out}");
    assert_eq!(cut("amy", 9).0, 0);
    let torn = &history("amy")[..];
    let (code, out, _) = recheck(&[torn, b"{\"seq\":9"].concat(), &[]);
    assert_eq!(code, 3, "{out}");
}

#[test]
fn a_run_killed_before_anything_happened_is_undecided() {
    let whole = history("amy");
    let header = whole
        .iter()
        .position(|byte| *byte == b'\n')
        .expect("a line");
    let (code, out, _) = recheck(&whole[..header + 9], &[]);
    assert_eq!(code, 3, "{out}");
    assert!(out.contains("cut short"), "{out}");
}

#[test]
fn the_same_history_gives_the_same_report_byte_for_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let [history_file, first, second] =
        ["h.jsonl", "1.json", "2.json"].map(|name| folder.path().join(name));
    fs::write(&history_file, history("bob")).expect("written");
    for report in [&first, &second] {
        let flag = format!("json={}", report.display());
        assert_eq!(
            run_on(&history_file, &["--report", &flag, "--quiet"]),
            (1, "violated\n".into(), String::new())
        );
    }
    let report = fs::read(&first).expect("a report");
    assert_eq!(report, fs::read(&second).expect("a report"));
    let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
    assert_eq!(report["findings"][0]["witnesses"][0]["seq"], 7);
}

#[track_caller]
fn refuses(bytes: &[u8], args: &[&str], message: &str) {
    let (code, out, err) = recheck(bytes, args);
    assert_eq!((code, out.as_str(), err.trim_end()), (2, "", message));
}

#[test]
fn a_line_without_an_end_is_refused() {
    let (code, out, err) = run_on(Path::new("/dev/zero"), &[]);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(err.contains("a line has more than 256 MiB"), "{err}");
    assert!(err.contains(" --> FILE:1:1\n"), "{err}");
}

#[test]
fn bad_input_is_reported_with_its_place_and_fix() {
    let restore = "  = fix: restore the file as the recorder wrote it";
    refuses(
        b"",
        &[],
        "error: the history is empty\n --> FILE\n  = fix: give the file that a run wrote, from its first line",
    );
    refuses(
        b"\xff\xfe\n",
        &[],
        &format!(
            "error: the history is not UTF-8\n --> FILE:1:1\n  |\n1 | \u{fffd}\u{fffd}\n  | ^\n  |\n{restore}"
        ),
    );
    refuses(
        &[history("amy"), b"7\n".to_vec()].concat(),
        &[],
        &format!(
            "error: line 10 is not an observation: invalid type: integer `7`, expected struct Observation\n  --> FILE:10:1\n   |\n10 | 7\n   | ^\n   |\n {restore}"
        ),
    );
    let known = "no_foreign_events, strangers_refused, others_actions_out_of_reach, every_event_delivered, every_event_once, events_in_order, silent_after_session_end, admitted_by_membership, quiet_after_leaving, sockets_stay, new_session_at_login, expectations_met, undisturbed";
    refuses(
        &history("amy"),
        &["--only", "no_such_claim"],
        &format!(
            "error: there is no property `no_such_claim`\n --> --only\n  = fix: use one of {known}"
        ),
    );
    refuses(
        &history("amy"),
        &["--only", "no_foriegn_events"],
        &format!(
            "error: there is no property `no_foriegn_events`\n --> --only\n  = fix: write `no_foreign_events`, or one of {known}"
        ),
    );
    assert_eq!(run_on(Path::new("no/such/file"), &[]).0, 2);
    assert_eq!(
        airtight(&["recheck", "x", "--report", "pdf=x"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn the_committed_history_schema_is_the_programs_and_accepts_a_history() {
    let printed = airtight(&["schema", "history"]).stdout;
    let published = include_bytes!("../../../scenarios/contract/history.schema.json");
    assert!(printed == published, "run `make schemas`");
    let schema = serde_json::from_slice(&printed).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for line in history("bob")
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let line = serde_json::from_slice(line).expect("JSON");
        assert!(validator.is_valid(&line), "{line}");
    }
    assert!(!validator.is_valid(&serde_json::json!({"seq": 1})));
}

#[test]
fn a_report_that_cannot_be_written_does_not_hide_a_violation() {
    let folder = tempfile::tempdir().expect("a folder");
    for (seer, code) in [("bob", 1), ("amy", 4)] {
        let file = folder.path().join(seer);
        fs::write(&file, history(seer)).expect("written");
        let file = file.to_str().expect("text");
        let output = airtight(&["recheck", file, "--report", "json=/dev/full"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{seer}: {said}");
        assert!(said.contains("cannot write the report"), "{seer}: {said}");
        assert!(!output.stdout.is_empty(), "{seer}: no verdict");
    }
}

#[test]
fn a_report_never_replaces_the_history() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("violated.jsonl");
    fs::write(&file, history("bob")).expect("written");
    let report = format!("tap={}/./violated.jsonl", folder.path().display());
    let file = file.to_str().expect("text");
    let output = airtight(&["recheck", file, "--report", &report]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("fix: name another file"), "{said}");
    assert_eq!(fs::read(file).expect("readable"), history("bob"));
}
