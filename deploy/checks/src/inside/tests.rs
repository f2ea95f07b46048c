//! What the checks make of a machine that answers late, strangely or not at all.

use std::collections::BTreeSet;
use std::future::pending;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use evidence::Verdict;
use futures_util::future::LocalBoxFuture;

use super::CHECKS;
use crate::check::{self, Outcome};
use crate::subject::command::ask_for;
use crate::subject::machine::{Machine, Output};

/// Answers the commands that contain these words, the first that fit, and all others by the last answer.
struct Scripted {
    answers: Vec<(&'static str, i64, &'static str)>,
    asked: Mutex<Vec<String>>,
}

impl Scripted {
    fn new(answers: &[(&'static str, i64, &'static str)]) -> Self {
        Self {
            answers: answers.to_vec(),
            asked: Mutex::default(),
        }
    }
}

impl Machine for Scripted {
    fn run<'a>(&'a self, command: &'a [&'a str]) -> LocalBoxFuture<'a, io::Result<Output>> {
        let command = command.join(" ");
        let mut answers = self.answers.iter();
        let answer = answers.find(|(words, ..)| command.contains(words));
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(command);
        let answer = match answer {
            Some((_, code, text)) => Ok(Output {
                code: *code,
                text: (*text).to_owned(),
            }),
            None => Err(io::Error::other("the machine is gone")),
        };
        Box::pin(async { answer })
    }
}

/// A machine that never ends a command.
struct Hanging;

impl Machine for Hanging {
    fn run<'a>(&'a self, _: &'a [&'a str]) -> LocalBoxFuture<'a, io::Result<Output>> {
        Box::pin(pending())
    }
}

async fn look(name: &str, answers: &[(&'static str, i64, &'static str)]) -> Outcome {
    let row = CHECKS.iter().find(|row| row.check.name == name);
    row.expect("a check").run(&Scripted::new(answers)).await
}

#[tokio::test]
async fn each_check_asks_what_no_other_asks() {
    let mut seen = BTreeSet::new();
    for row in CHECKS {
        let machine = Scripted::new(&[("", 0, "")]);
        row.run(&machine).await;
        let asked = machine.asked.into_inner().expect("what was asked");
        assert!(!asked.is_empty(), "{} asks nothing", row.check.name);
        assert!(seen.insert(asked), "{} asks as another", row.check.name);
    }
}

#[tokio::test]
async fn a_machine_that_says_nothing_is_accused_of_nothing() {
    let silent: [&[(&str, i64, &str)]; 4] = [
        &[],
        &[("", 1, "Failed to connect to bus: Connection timed out")],
        &[("", 124, "")],
        &[("", -1, "")],
    ];
    for answers in silent {
        for row in CHECKS {
            let outcome = row.run(&Scripted::new(answers)).await;
            assert_eq!(outcome.verdict, Verdict::Undecided, "{outcome:?}");
            assert!(!outcome.found[0].is_empty(), "{outcome:?}");
        }
    }
}

#[tokio::test]
async fn a_command_that_does_not_end_is_undecided() {
    let found = ask_for(&Hanging, &["date"], Duration::from_millis(1)).await;
    let why = "date has not ended after 1ms".to_owned();
    assert_eq!(found, Err(check::Undecided(why)));
}

#[tokio::test]
async fn a_wrong_answer_is_told_from_none() {
    const RUNS: (&str, i64, &str) = ("MainPID", 0, "42\n");
    const READ_ONLY: (&str, i64, &str) = ("touch", 1, "touch: /etc/x: Read-only file system");
    const THERE: (&str, i64, &str) = ("command -v", 0, "");
    const ENABLED: (&str, i64, &str) = ("is-enabled", 0, "enabled\n");
    const CONFIG: (&str, i64, &str) = ("selinux/config", 0, "SELINUX=enforcing\n");
    const GONE: &str = "cat: No such file or directory";
    const LATE: &str = "Error: Timeout was reached";
    let check = async |name, answers: &[(&'static str, i64, &'static str)], verdict| {
        let outcome = look(name, answers).await;
        assert_eq!(outcome.verdict, verdict, "{answers:?}: {outcome:?}");
    };
    use Verdict::{Undecided, Violated};
    check("hardening", &[RUNS, ("touch", 0, "")], Violated).await;
    check(
        "hardening",
        &[RUNS, ("touch", 1, "no such process")],
        Undecided,
    )
    .await;
    let exposed = ("systemd-analyze", 1, "Overall exposure level: 9.6 UNSAFE");
    check("hardening", &[RUNS, READ_ONLY, exposed], Violated).await;
    check(
        "hardening",
        &[RUNS, READ_ONLY, ("systemd-analyze", 1, LATE)],
        Undecided,
    )
    .await;
    check("rotation", &[("grep", 1, "")], Violated).await;
    check(
        "firewall",
        &[THERE, ENABLED, ("--state", 252, "not running")],
        Violated,
    )
    .await;
    check(
        "firewall",
        &[THERE, ENABLED, ("--state", 1, LATE)],
        Undecided,
    )
    .await;
    check(
        "firewall",
        &[THERE, ("is-enabled", 1, "disabled\n")],
        Violated,
    )
    .await;
    check("firewall", &[THERE, ("is-enabled", 1, LATE)], Undecided).await;
    let zones = [THERE, ENABLED, ("--state", 0, ""), ("--get", 0, "public\n")];
    let with = |answer| [&zones[..], &[answer]].concat();
    check(
        "firewall",
        &with(("--list-all", 0, "services: http\n")),
        Violated,
    )
    .await;
    check("firewall", &with(("--list-all", 1, LATE)), Undecided).await;
    let host = ("detect-virt", 1, "");
    check(
        "selinux",
        &[CONFIG, ("fs/selinux/enforce", 1, GONE), host, ("", 0, "")],
        Violated,
    )
    .await;
    check(
        "selinux",
        &[CONFIG, ("cat /sys", 124, ""), host, ("", 0, "")],
        Undecided,
    )
    .await;
    // What was seen before the machine fell silent stays seen.
    let unlabelled = [("selinux/config", 0, "SELINUX=disabled"), ("", 124, "")];
    check("selinux", &unlabelled, Violated).await;
    let site = (
        "nginx",
        0,
        "ssl_certificate /etc/letsencrypt/live/a.test/fullchain.pem;",
    );
    check(
        "renewal",
        &[site, ("letsencrypt/renewal", 1, GONE)],
        Violated,
    )
    .await;
    check(
        "renewal",
        &[site, ("letsencrypt/renewal", 124, "")],
        Undecided,
    )
    .await;
}
