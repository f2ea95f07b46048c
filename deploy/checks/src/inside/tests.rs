//! What the checks make of a machine that answers late, oddly or not at all.

use std::collections::BTreeSet;
use std::future::pending;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use evidence::Verdict::{self, Undecided, Violated};
use futures_util::future::LocalBoxFuture;

use super::CHECKS;
use crate::check::{self, Outcome};
use crate::subject::command::ask_for;
use crate::subject::machine::{Machine, Output};

/// Words of a command, the exit code, and the output.
type Answer = (&'static str, i64, &'static str);

/// Answers a command with the first answer whose words it contains, and fails if there is none.
struct Scripted {
    answers: Vec<Answer>,
    asked: Mutex<Vec<String>>,
}

impl Scripted {
    fn new(answers: &[Answer]) -> Self {
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
            None => Err(io::Error::other("the machine does not answer")),
        };
        Box::pin(async { answer })
    }
}

/// A machine on which no command ends.
struct Hanging;

impl Machine for Hanging {
    fn run<'a>(&'a self, _: &'a [&'a str]) -> LocalBoxFuture<'a, io::Result<Output>> {
        Box::pin(pending())
    }
}

async fn look(name: &str, answers: &[Answer]) -> Outcome {
    let row = CHECKS.iter().find(|row| row.check.name == name);
    row.expect("a check").run(&Scripted::new(answers)).await
}

#[tokio::test]
async fn no_two_checks_ask_the_same_question() {
    let mut seen = BTreeSet::new();
    for row in CHECKS {
        let machine = Scripted::new(&[("", 0, "")]);
        row.run(&machine).await;
        let asked = machine.asked.into_inner().expect("what was asked");
        assert!(!asked.is_empty(), "{} asks nothing", row.check.name);
        assert!(
            seen.insert(asked),
            "{} asks the same as another",
            row.check.name
        );
    }
}

#[tokio::test]
async fn a_silent_machine_leaves_every_check_undecided() {
    let silent: [&[Answer]; 4] = [
        &[],
        &[("", 1, "Failed to connect to bus: Connection timed out")],
        &[("", 124, "")],
        &[("", -1, "")],
    ];
    for answers in silent {
        for row in CHECKS {
            let outcome = row.run(&Scripted::new(answers)).await;
            assert_eq!(outcome.verdict, Undecided, "{outcome:?}");
            assert!(!outcome.found[0].is_empty(), "{outcome:?}");
        }
    }
}

#[tokio::test]
async fn a_command_that_does_not_end_is_undecided() {
    let found = ask_for(&Hanging, &["date"], Duration::from_millis(1)).await;
    let why = "date did not end within 1ms".to_owned();
    assert_eq!(found, Err(check::Undecided(why)));
}

const RUNS: Answer = ("MainPID", 0, "42\n");
const READ_ONLY: Answer = ("touch", 1, "touch: /etc/x: Read-only file system");
const THERE: Answer = ("command -v", 0, "");
const ENABLED: Answer = ("is-enabled", 0, "enabled\n");
const FILTERS: Answer = ("--state", 0, "");
const PUBLIC: Answer = ("--get", 0, "public\n");
const ENFORCING: Answer = ("selinux/config", 0, "SELINUX=enforcing\n");
const NO_CONTAINER: Answer = ("detect-virt", 1, "");
const NO_LABELS: Answer = ("", 0, "");
const SITE: Answer = (
    "nginx",
    0,
    "ssl_certificate /etc/letsencrypt/live/a.test/fullchain.pem;",
);
const GONE: &str = "cat: No such file or directory";
const LATE: &str = "Error: Timeout was reached";
const EXPOSED: &str = "Overall exposure level: 9.6 UNSAFE";

/// What a check makes of a machine's answers, one line a case.
#[rustfmt::skip]
const CASES: [(&str, &[Answer], Verdict); 16] = [
    ("hardening", &[RUNS, ("touch", 0, "")], Violated),
    ("hardening", &[RUNS, ("touch", 1, "no such process")], Undecided),
    ("hardening", &[RUNS, READ_ONLY, ("systemd-analyze", 1, EXPOSED)], Violated),
    ("hardening", &[RUNS, READ_ONLY, ("systemd-analyze", 1, LATE)], Undecided),
    ("rotation", &[("grep", 1, "")], Violated),
    ("firewall", &[THERE, ENABLED, ("--state", 252, "not running")], Violated),
    ("firewall", &[THERE, ENABLED, ("--state", 1, LATE)], Undecided),
    ("firewall", &[THERE, ("is-enabled", 1, "disabled\n")], Violated),
    ("firewall", &[THERE, ("is-enabled", 1, LATE)], Undecided),
    ("firewall", &[THERE, ENABLED, FILTERS, PUBLIC, ("--list-all", 0, "services: http\n")], Violated),
    ("firewall", &[THERE, ENABLED, FILTERS, PUBLIC, ("--list-all", 1, LATE)], Undecided),
    ("selinux", &[ENFORCING, ("fs/selinux/enforce", 1, GONE), NO_CONTAINER, NO_LABELS], Violated),
    ("selinux", &[ENFORCING, ("cat /sys", 124, ""), NO_CONTAINER, NO_LABELS], Undecided),
    // A fault that was seen before the machine fell silent still counts.
    ("selinux", &[("selinux/config", 0, "SELINUX=disabled"), ("", 124, "")], Violated),
    ("renewal", &[SITE, ("letsencrypt/renewal", 1, GONE)], Violated),
    ("renewal", &[SITE, ("letsencrypt/renewal", 124, "")], Undecided),
];

#[tokio::test]
async fn a_wrong_answer_is_not_taken_for_silence() {
    for (name, answers, verdict) in CASES {
        let outcome = look(name, answers).await;
        assert_eq!(outcome.verdict, verdict, "{answers:?}: {outcome:?}");
    }
}
