//! Every text that a person reads from the program, as a whole: the help, what each command prints, and each error.
//!
//! What varies from run to run is named in its place. After a change of words: `INSTA_UPDATE=always` rewrites the
//! snapshots, and their difference is what a reader will see.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use insta::{assert_snapshot, with_settings};
use rustix::process::{Pid, Signal, kill_process};

use crate::rig::{KEY, Service, Setup, until};

/// A setup whose folder the commands run in, so that they print no path that varies.
struct Scene(Setup);

impl Scene {
    fn new() -> Self {
        Self(Setup::new())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.0.command(arguments);
        command
            .current_dir(self.0.folder.path())
            .env("USERS_FILE", "users")
            .env("SESSION_FILE_DIR", "sessions");
        command
    }

    /// What a command does and prints.
    fn run(&self, arguments: &[&str]) -> String {
        self.run_with(arguments, "")
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> String {
        let mut command = self.command(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("runs");
        let mut stdin = child.stdin.take().expect("a pipe");
        // A command that reads nothing has closed it.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        shown(arguments, &child.wait_with_output().expect("ends"))
    }

    /// Writes a file that nobody else may read.
    fn write(&self, name: &str, text: &[u8]) {
        let path = self.0.path(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
    }
}

fn shown(arguments: &[&str], output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    let code = output.status.code().expect("an exit code");
    let error = if error.is_empty() {
        error
    } else {
        format!("--- standard error\n{error}")
    };
    let arguments = arguments.join(" ");
    format!("$ reference-server {arguments}\n{out}{error}--- exit code {code}\n")
}

/// Compares a text with its snapshot, with a name in place of each thing that varies.
#[track_caller]
fn reads(name: &str, text: &str) {
    reads_without(&[], name, text);
}

/// The same, with more that varies: a pattern and a name for each.
#[track_caller]
fn reads_without(varying: &[(&str, &str)], name: &str, text: &str) {
    // The snapshots would show it as well, but `INSTA_UPDATE` would accept it.
    assert!(!text.contains(KEY), "{text}");
    let mut filters = vec![
        (r"127\.0\.0\.1:[1-9]\d*", "127.0.0.1:[port]"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[time]"),
        (
            r"reference-server \d+\.\d+\.\d+",
            "reference-server [version]",
        ),
    ];
    filters.extend(varying);
    with_settings!({
        omit_expression => true,
        prepend_module_to_snapshot => false,
        snapshot_path => "texts/snapshots",
        filters => filters,
    }, {
        assert_snapshot!(name, text);
    });
}

/// Every command: no help names one that is missing here.
const COMMANDS: &[&str] = &[
    "",
    "serve",
    "check",
    "config",
    "user",
    "user add",
    "user list",
    "user remove",
    "session",
    "session list",
    "session end",
    "session prune",
    "faults",
];

/// The commands in the section `Commands:` of a help.
fn commands_in(help: &str) -> impl Iterator<Item = &str> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // What is further to the right goes on with a description.
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
}

#[test]
fn the_help_of_each_command() {
    let scene = Scene::new();
    for command in COMMANDS {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("--help");
        let name = format!("help {command}").trim_end().replace(' ', "-");
        let help = scene.run(&arguments);
        reads(&name, &help);
        for below in commands_in(&help) {
            let below = format!("{command} {below}");
            assert!(COMMANDS.contains(&below.trim_start()), "{below}");
        }
    }
    reads("version", &scene.run(&["--version"]));
}

#[test]
fn wrong_arguments() {
    let scene = Scene::new();
    let lines: &[&[&str]] = &[
        &[],
        &["sreve"],
        &["serve", "--fualt", "ISO04"],
        &["serve", "--fault", "ISO4"],
        &["user", "add"],
        &["user", "add", "--cost", "cheap", "carol"],
        &["user", "list", "--env-file", "a", "--users-file", "b"],
        &["session", "end"],
        &["session", "end", "--all", "--user", "alice"],
    ];
    let all: Vec<String> = lines.iter().map(|line| scene.run(line)).collect();
    reads(
        if FAULTS {
            "arguments-faults"
        } else {
            "arguments"
        },
        &all.join("\n"),
    );
}

const FAULTS: bool = cfg!(feature = "faults");

#[test]
fn the_leaks_that_can_be_opened() {
    let name = if FAULTS { "faults" } else { "no-faults" };
    reads(name, &Scene::new().run(&["faults"]));
}

#[test]
fn the_list_of_the_settings() {
    let scene = Scene::new();
    reads("config", &scene.run(&["config"]));
    reads("config-json", &scene.run(&["config", "--json"]));
}

#[test]
fn a_check_of_each_file_of_settings() {
    insta::glob!("texts/settings/*.settings", |input| {
        let scene = Scene::new();
        scene.write("settings", &fs::read(input).expect("reads"));
        reads("check", &scene.run(&["check", "--env-file", "settings"]));
    });
}

#[test]
fn a_check_of_what_is_no_file_of_settings() {
    let scene = Scene::new();
    let no_file = scene.run(&["check", "--env-file", "missing"]);
    scene.write("settings", b"SECRET_KEY=\xff\n");
    let no_text = scene.run(&["check", "--env-file", "settings"]);
    reads("check-no-file", &[no_file, no_text].join("\n"));

    let check = |name: &str, value: &str| {
        let mut command = scene.command(&["check"]);
        command.env("SECRET_KEY", KEY).env(name, value);
        shown(&["check"], &command.output().expect("runs"))
    };
    let wrong = check("BIND", "somewhere");
    let mistyped = check("ALOWED_ORIGINS", "https://app.example");
    let none = scene.run(&["check"]);
    reads("check-environment", &[wrong, mistyped, none].join("\n"));
}

#[test]
fn what_a_check_notes() {
    let scene = Scene::new();
    let check = |more: &str| {
        let settings = format!("SECRET_KEY={KEY}\n{more}\n");
        scene.write("settings", settings.as_bytes());
        scene.run(&["check", "--env-file", "settings"])
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let busy = check(&format!("BIND={address}"));
    let everybody = fs::Permissions::from_mode(0o644);
    scene.write(
        "settings",
        format!("SECRET_KEY={KEY}\nBIND=127.0.0.1:0\n").as_bytes(),
    );
    fs::set_permissions(scene.0.path("settings"), everybody).expect("set");
    let readable = scene.run(&["check", "--env-file", "settings"]);
    reads("check-notes", &[busy, readable].join("\n"));
}

#[test]
fn a_users_file_that_is_broken() {
    insta::glob!("texts/users/*.users", |input| {
        let scene = Scene::new();
        scene.write("users", &fs::read(input).expect("reads"));
        let listed = scene.run(&["user", "list"]);
        let removed = scene.run(&["user", "remove", "carol"]);
        let settings = format!("SECRET_KEY={KEY}\nBIND=127.0.0.1:0\n");
        scene.write("settings", settings.as_bytes());
        let checked = scene.run(&["check", "--env-file", "settings"]);
        reads("users", &[listed, removed, checked].join("\n"));
    });
}

#[test]
fn users_are_added_listed_and_removed() {
    let scene = Scene::new();
    let add = |names: &[&str], input: &str| {
        let arguments = [&["user", "add", "--cost", "minimal"], names].concat();
        scene.run_with(&arguments, input)
    };
    let steps = [
        add(&["Carol", "dan"], "password-c\npassword-d\n"),
        add(&["CAROL"], "password-c\n"),
        add(&["erin", "Erin"], "password-e\npassword-e\n"),
        add(&["erin"], "short\n"),
        add(&["erin", "frank"], "password-e\n"),
        add(&[" erin"], "password-e\n"),
        scene.run(&["user", "list"]),
        scene.run(&["user", "remove", "carol"]),
        scene.run(&["user", "remove", "--users-file", "users", "dan"]),
        scene.run(&["user", "remove", "carol"]),
        scene.run(&["user", "list", "--users-file", "missing"]),
        scene.run(&["user", "list", "--users-file", "."]),
    ];
    reads("users", &steps.join("\n"));
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let service = Service::start("");
    service.login("alice").await;
    service.login("bob").await;
    let folder = service.setup.path("sessions");
    let scene = Scene::new();
    let folder = folder.to_str().expect("text");
    let run = |arguments: &[&str]| {
        let given = [&["session", "--session-dir", folder], arguments].concat();
        scene.run(&given).replace(folder, "sessions")
    };
    let steps = [
        run(&["list", "--user", "ALICE"]),
        run(&["list", "--user", "nobody"]),
        run(&["list", "--user", ""]),
        run(&["end", "0123"]),
        run(&["end", "--user", "alice"]),
        run(&["end", "--all"]),
        run(&["prune"]),
        run(&["list"]),
        scene.run(&["session", "--session-dir", "missing", "list"]),
        scene.run(&["session", "--session-dir", "users", "list"]),
    ];
    // Only here: elsewhere, what looks like a session's id may be a key.
    let id = (r"\b[0-9a-f]{32}\b", "[id]");
    reads_without(&[id], "sessions", &steps.join("\n"));
}

/// A start and a stop, as on a terminal but without its colours.
#[test]
fn a_start_and_a_stop() {
    let scene = Scene::new();
    let settings = format!("SECRET_KEY={KEY}\nBIND=127.0.0.1:0\n");
    scene.write("settings", settings.as_bytes());
    let arguments = ["serve", "--env-file", "settings"];
    let mut child = scene
        .command(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs");
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    let pid = Pid::from_raw(child.id().cast_signed()).expect("a pid");
    kill_process(pid, Signal::TERM).expect("it runs");
    out.read_to_string(&mut line).expect("text");
    let mut output = child.wait_with_output().expect("ends");
    output.stdout = line.into_bytes();
    let name = if FAULTS { "serve-faults" } else { "serve" };
    reads(name, &shown(&arguments, &output));
}

#[test]
fn a_start_that_fails() {
    let scene = Scene::new();
    let serve = |more: &str| {
        let settings = format!("SECRET_KEY={KEY}\n{more}\n");
        scene.write("settings", settings.as_bytes());
        scene.run(&["serve", "--env-file", "settings"])
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let local = "BIND=127.0.0.1:0\nLOG_LEVEL=off\n";
    let steps = [
        serve("BIND=somewhere"),
        serve(&format!("BIND={address}\nLOG_LEVEL=off")),
        serve("BIND=systemd\nLOG_LEVEL=off"),
        serve(&format!("{local}UPLOAD_DIR=settings")),
        serve(&format!("{local}SESSION_FILE_DIR=settings")),
        serve(&format!("{local}LOG_DIR=settings")),
        serve(&format!("{local}USERS_FILE=.")),
    ];
    reads("serve-fails", &steps.join("\n"));
}

/// Standard error is the journal if systemd says so: there, an error is one entry.
#[test]
fn an_error_in_the_journal_is_one_line() {
    let scene = Scene::new();
    let journal = fs::File::create(scene.0.path("journal")).expect("a file");
    let found = rustix::fs::fstat(&journal).expect("there");
    let ended = scene
        .command(&["check", "--env-file", "missing"])
        .env(
            "JOURNAL_STREAM",
            format!("{}:{}", found.st_dev, found.st_ino),
        )
        .stderr(journal)
        .status();
    assert_eq!(ended.expect("runs").code(), Some(2));
    let entry = fs::read_to_string(scene.0.path("journal")).expect("text");
    reads("journal", &entry);
    assert_eq!(entry.lines().count(), 1, "{entry}");
}

/// What must not be in any output.
const SECRET: &str = "s3cret-s3cret-s3cret-s3cret-s3cret";

#[test]
fn no_command_shows_a_key() {
    let scene = Scene::new();
    let half = &SECRET[..20];
    for settings in [
        format!("SECRET_KEY={SECRET}\nSECRET_KEY={SECRET}\n"),
        format!("SECRET_KEY={SECRET}\nSECRET_KEY_PREVIOUS={SECRET}\n"),
        format!("SECRET_KEY={SECRET}\nBIND=somewhere\n"),
        format!("SECRET_KEY={half}\n"),
        format!("  SECRET_KEY = '{half}'\n"),
        format!("SECRET_KEY={SECRET}\nSECRET_KEY_PREVIOUS={half}\n"),
        format!("SECRET_KYE={SECRET}\n"),
        format!("export SECRET_KEY={SECRET}\n"),
        format!("PASSWORD={half}\n"),
        format!("SECRET_KEY: {half}\n"),
        format!("{half}\n"),
        format!("{SECRET}=\n"),
        // The last line of a key in Base64.
        format!("{half}==\n"),
        format!("SECRET_KEY={SECRET}\ns3crets3crets3cretabcd==\n"),
        format!("SECRET_KEY={SECRET}\ns3cretABCDEFGHIJKLMNOP==\n"),
        format!("SECRET_KEY={SECRET}\ns3cret+S3CRET/s3cret+A==\n"),
        format!("SECRET_KEY=\"{half}\n{half}\"\n"),
    ] {
        scene.write("settings", settings.as_bytes());
        for command in [
            &["check"][..],
            &["serve"],
            &["user", "remove", "carol"],
            &["session", "list"],
        ] {
            let arguments = [command, &["--env-file", "settings"]].concat();
            let text = scene.run(&arguments);
            assert!(!text.contains("s3cret"), "{settings}\n{text}");
            assert!(
                command[0] == "user" || command[0] == "session" || text.contains("error: "),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn no_log_shows_a_key_or_a_hash() {
    let service = Service::start("");
    let alice = service.login("alice").await;
    let wrong = format!("SECRET_KEY={}\n", &SECRET[..20]);
    service.setup.settings(wrong.trim());
    service.signal(Signal::HUP);
    until("the settings are refused", async || {
        service.log("error.log").contains("the settings are wrong")
    })
    .await;
    let log = service.log("error.log");
    let line = log
        .lines()
        .find(|line| line.contains("the settings are wrong"));
    let line = line.expect("there");
    let folder = service.setup.folder.path().display().to_string();
    reads("reload-fails", &line.replace(&folder, "[folder]"));
    let users =
        format!("{{\"user\":\"alice\",\"hash\":\"{SECRET}\",\"more\":\"{SECRET}\"}}\n\"{SECRET}\"");
    fs::write(service.setup.path("users"), users).expect("written");
    let answer = service.try_login("alice", "password-a", "192.0.2.99").await;
    assert_eq!(answer.status(), 500);
    let mut shown = answer.text().await.expect("text");
    for path in ["/ready", "/status", "/metrics"] {
        shown += &service
            .ask("GET", path, &alice)
            .await
            .text()
            .await
            .expect("text");
    }
    until("the users are refused", async || {
        service.log("error.log").contains("does not hold")
    })
    .await;
    for name in ["app.log", "error.log", "access.log"] {
        shown += &service.log(name);
    }
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn no_command_shows_a_hash() {
    let scene = Scene::new();
    let settings = format!("SECRET_KEY={KEY}\nBIND=127.0.0.1:0\nLOG_LEVEL=debug\n");
    scene.write("settings", settings.as_bytes());
    for line in [
        format!("bob:{SECRET}"),
        format!("\"{SECRET}\""),
        format!("[\"bob\", {SECRET}]"),
        format!("{{\"{SECRET}\": \"bob\"}}"),
        format!("{{\"user\":\"bob\",\"hash\":\"{SECRET}"),
        format!("{{\"user\":\" {SECRET}\",\"hash\":\"bob\"}}"),
        format!("{{\"user\":\"bob\",\"hash\":\"{SECRET}\",\"x\":\"{SECRET}\"}}"),
    ] {
        scene.write("users", line.as_bytes());
        for arguments in [
            &["check", "--env-file", "settings"][..],
            &["serve", "--env-file", "settings"],
            &["user", "list"],
            &["user", "add", "carol"],
            &["user", "remove", "bob"],
        ] {
            let text = scene.run_with(arguments, "password-c\n");
            assert!(text.contains("error: "), "{text}");
            assert!(!text.contains("s3cret"), "{line}\n{text}");
        }
    }
}
