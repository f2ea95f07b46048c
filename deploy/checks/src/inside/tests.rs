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
use crate::snapshot::{said, snapshot};
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
const NO_DIRECT: Answer = ("--direct", 0, "");
const ENFORCING: Answer = ("selinux/config", 0, "SELINUX=enforcing\n");
const ENFORCES: Answer = ("cat /sys", 0, "1\n");
const NO_CONTAINER: Answer = ("detect-virt", 1, "");
const NO_LABELS: Answer = ("", 0, "");
const SITE: Answer = (
    "cat /etc/nginx",
    0,
    "ssl_certificate /etc/letsencrypt/live/a.test/fullchain.pem;\nroot /var/www/acme;",
);
const NO_HOOK: Answer = ("renewal-hooks", 1, "");
const WORKS: Answer = (".timer", 0, "UnitFileState=enabled\nActiveState=active\n");
const RESTS: Answer = (
    ".timer",
    0,
    "UnitFileState=disabled\nActiveState=inactive\n",
);
const REHEARSED: Answer = ("Result", 0, "success\n");
const ARCHIVE: Answer = ("find /var/backups", 0, "/var/backups/a.tar.gz\n");
const PRIVATE: Answer = ("stat", 0, "root:root 600\n");
const PUBLISHED: Answer = ("stat", 0, "root:root 644\n");
const SETTINGS: Answer = (
    "EnvironmentFiles",
    0,
    "/etc/reference-server/environment (ignore_errors=no)\n",
);
const GONE: &str = "cat: No such file or directory";
const LATE: &str = "Error: Timeout was reached";
const EXPOSED: &str = "Overall exposure level: 9.6 UNSAFE";
const OPEN: &str = "target: ACCEPT\nservices: postgresql\nports: 8081/tcp\nprotocols: gre\n\
    port=2222:proto=tcp:toport=22:toaddr=\nrule family=\"ipv4\" source address=\"192.0.2.0/24\" accept\n";
const WEB_LABEL: &str = "/etc/reference-server\tsystem_u:object_r:httpd_sys_content_t:s0\n";

/// What a check makes of a machine's answers, one line a case.
#[rustfmt::skip]
const CASES: [(&str, &[Answer], Verdict); 42] = [
    ("start-limit", &[("IntervalUSec", 0, "0"), ("Burst", 0, "5")], Violated),
    ("readiness", &[("-p Type", 0, "simple"), ("WatchdogUSec", 0, "0")], Violated),
    ("reload", &[("CanReload", 0, "no"), ("KillMode", 0, "process")], Violated),
    ("network", &[("-p Wants", 0, "network-online.target"), ("-p After", 0, "basic.target")], Violated),
    ("secrets", &[("-p Environment ", 0, "SECRET_KEY=7"), SETTINGS, PUBLISHED], Violated),
    ("secrets", &[("-p Environment ", 0, ""), ("EnvironmentFiles", 0, "")], Undecided),
    ("hardening", &[RUNS, ("touch", 0, "")], Violated),
    ("hardening", &[RUNS, ("touch", 1, "no such process")], Undecided),
    ("hardening", &[RUNS, READ_ONLY, ("systemd-analyze", 1, EXPOSED)], Violated),
    ("hardening", &[RUNS, READ_ONLY, ("systemd-analyze", 1, LATE)], Undecided),
    ("hardening", &[RUNS, READ_ONLY, ("systemd-analyze", 1, "unrecognized option '--threshold=20'")], Undecided),
    ("hardening", &[("MainPID", 0, "0")], Undecided),
    ("rotation", &[("grep", 1, "")], Violated),
    ("rotation", &[("grep", 0, "/etc/logrotate.d/a\n/etc/logrotate.d/b\n")], Violated),
    ("rotation", &[("grep", 0, "/etc/logrotate.d/a\n"), ("cat", 0, "copytruncate\nkill server || true\n")], Violated),
    ("ports", &[RUNS, ("ss -H", 0, "LISTEN 0 128 0.0.0.0:5000 0.0.0.0:* users:((\"x\",pid=42,fd=3))")], Violated),
    ("ports", &[RUNS, ("ss -H", 0, "")], Undecided),
    ("firewall", &[("command -v", 1, "")], Undecided),
    ("firewall", &[THERE, ENABLED, ("--state", 252, "not running")], Violated),
    ("firewall", &[THERE, ENABLED, ("--state", 1, LATE)], Undecided),
    ("firewall", &[THERE, ("is-enabled", 1, "disabled\n")], Violated),
    ("firewall", &[THERE, ("is-enabled", 1, LATE)], Undecided),
    ("firewall", &[THERE, ENABLED, FILTERS, PUBLIC, ("--list-all", 0, "services: http\n")], Violated),
    ("firewall", &[THERE, ENABLED, FILTERS, NO_DIRECT, PUBLIC, ("--list-all", 0, OPEN)], Violated),
    ("firewall", &[THERE, ENABLED, FILTERS, ("--direct", 0, "ipv4 filter INPUT 0 -j ACCEPT\n"), PUBLIC, ("--list-all", 112, "")], Violated),
    ("firewall", &[THERE, ENABLED, FILTERS, PUBLIC, ("--list-all", 1, LATE)], Undecided),
    ("selinux", &[("selinux/config", 1, GONE)], Undecided),
    ("selinux", &[ENFORCING, ("fs/selinux/enforce", 1, GONE), NO_CONTAINER, NO_LABELS], Violated),
    ("selinux", &[ENFORCING, ("cat /sys", 0, "0\n"), NO_LABELS], Violated),
    ("selinux", &[ENFORCING, ENFORCES, ("semanage", 0, "httpd_t\n"), ("matchpathcon", 0, WEB_LABEL)], Violated),
    ("selinux", &[ENFORCING, ENFORCES, ("matchpathcon", 1, ""), NO_LABELS], Undecided),
    ("selinux", &[ENFORCING, ("cat /sys", 1, GONE), ("detect-virt", 0, ""), NO_LABELS], Undecided),
    ("selinux", &[ENFORCING, ("cat /sys", 124, ""), NO_CONTAINER, NO_LABELS], Undecided),
    // A fault that was seen before the machine fell silent still counts.
    ("selinux", &[("selinux/config", 0, "SELINUX=disabled"), ("", 124, "")], Violated),
    ("backup", &[RESTS, ("find /var/backups", 0, "")], Violated),
    ("backup", &[WORKS, ARCHIVE, PUBLISHED, ("-tzf", 0, "var/lib/reference-server/sessions/a.session\n"), SETTINGS, ("", 0, "")], Violated),
    ("backup", &[WORKS, ARCHIVE, PRIVATE, ("-tzf", 0, ""), ("PRIVATE KEY", 1, ""), SETTINGS, ("", 2, "")], Undecided),
    ("renewal", &[SITE, ("letsencrypt/renewal", 1, GONE)], Violated),
    ("renewal", &[SITE, NO_HOOK, ("letsencrypt/renewal", 0, "authenticator = standalone"), RESTS, ("Result", 0, "exit-code\n")], Violated),
    ("renewal", &[SITE, NO_HOOK, ("letsencrypt/renewal", 0, "authenticator = webroot\nwebroot_path = /var/www/certbot,"), WORKS, REHEARSED], Violated),
    ("renewal", &[("cat /etc/nginx", 0, "ssl_certificate /etc/pki/own.pem;")], Undecided),
    ("renewal", &[SITE, ("letsencrypt/renewal", 124, "")], Undecided),
];

#[tokio::test]
async fn a_wrong_answer_is_not_taken_for_silence() {
    for (name, answers, verdict) in CASES {
        let outcome = look(name, answers).await;
        assert_eq!(outcome.verdict, verdict, "{answers:?}: {outcome:?}");
    }
}

/// Every check has a fault to name, and words for a machine that does not answer.
#[tokio::test]
async fn each_check_says_what_is_wrong_and_what_it_could_not_see() {
    for row in CHECKS {
        let name = row.check.name;
        let cases = CASES.iter().filter(|(check, ..)| *check == name);
        assert!(
            cases.clone().any(|(.., verdict)| *verdict == Violated),
            "{name}"
        );
        let mut text = said(&row.run(&Scripted::new(&[])).await);
        for (_, answers, _) in cases {
            text += &said(&look(name, answers).await);
        }
        snapshot(&format!("inside-{name}"), &text);
    }
}
