//! `config`, `check` and the messages for wrong settings, from the real binary.

use crate::rig::{KEY, Setup};
use serde_json::Value;

#[test]
fn config_prints_every_setting_as_text_and_as_json() {
    let setup = Setup::new();
    let json = setup.run(&["config", "--json"]);
    let all: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let all = all.as_array().expect("a list");
    assert!(all.len() > 20);
    let text = String::from_utf8(setup.run(&["config"]).stdout).expect("text");
    for setting in all {
        let name = setting["name"].as_str().expect("a name");
        for field in ["meaning", "example", "kind", "applies"] {
            assert!(
                !setting[field].as_str().expect(name).is_empty(),
                "{name}: {field}"
            );
        }
        assert!(text.contains(&format!("\n#{name}=")), "{name}");
        assert!(
            text.contains(setting["meaning"].as_str().expect("text")),
            "{name}"
        );
    }
    // Its output is a valid settings file.
    let lines: String = text
        .lines()
        .filter_map(|line| line.strip_prefix('#').filter(|line| line.contains('=')))
        .filter(|line| {
            !line.starts_with([' ', 'S']) && !line.contains("_DIR=/") && !line.contains("_FILE=/")
        })
        .filter(|line| {
            !["BIND", "TRUSTED_PROXY"]
                .iter()
                .any(|name| line.starts_with(name))
        })
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(lines.contains("WORKER_CONNECTIONS=4000"), "{lines}");
    let settings = setup.settings(&lines);
    let checked = setup.run(&["check", "--env-file", &settings.display().to_string()]);
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn the_environment_template_of_the_deployment_has_only_settings_there_are() {
    let setup = Setup::new();
    let json = setup.run(&["config", "--json"]);
    let all: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let template = include_str!("../../../deploy/environment");
    let names: Vec<&str> = template
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('=').map(|(name, _)| name))
        .collect();
    assert!(names.len() > 10);
    for name in names {
        let known = all.as_array().expect("a list").iter();
        assert!(
            known.into_iter().any(|setting| setting["name"] == name),
            "{name}"
        );
    }
}

#[test]
fn check_does_everything_but_serve() {
    let setup = Setup::new();
    let check = |settings: &str| {
        let file = setup.settings(settings);
        let ended = setup.run(&["check", "--env-file", &file.display().to_string()]);
        let words = String::from_utf8_lossy(&ended.stderr).into_owned();
        (ended.status.code(), words)
    };
    let (code, words) = check("");
    assert_eq!(code, Some(0), "{words}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let bind = format!("BIND={}", taken.local_addr().expect("an address"));
    for (settings, what, expected) in [
        ("WORKER_CONNECTIONS=many", "`WORKER_CONNECTIONS`", 2),
        ("BIND=0.0.0.0:0", "open to the network", 2),
        ("NO_SUCH=1", "no setting `NO_SUCH`", 2),
        ("SESSION_FILE_THRESHOLD=0", "`SESSION_FILE_THRESHOLD`", 2),
    ] {
        let (code, words) = check(settings);
        assert_eq!(code, Some(expected), "{settings}: {words}");
        assert!(
            words.contains(what) && words.contains("fix: "),
            "{settings}: {words}"
        );
    }
    // A check while the server is running, as before a restart, prints a note and succeeds.
    let file = setup.settings(&bind);
    let ended = setup.run(&["check", "--env-file", &file.display().to_string()]);
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{ended:?}");
    assert!(said.starts_with("note: cannot listen"), "{said}");
    assert!(said.ends_with("once it can listen there\n"), "{said}");
    drop(taken);
    std::fs::write(setup.path("users"), "nonsense\n").expect("written");
    let (code, words) = check("");
    assert_eq!(code, Some(4), "{words}");
    assert!(
        words.contains("users:1:2") && words.contains("fix: "),
        "{words}"
    );
}

#[test]
fn check_notes_what_a_start_would_not_mind_and_its_operator_would() {
    let setup = Setup::new();
    let file = setup.settings("");
    let check = || {
        let ended = setup.run(&["check", "--env-file", &file.display().to_string()]);
        assert!(ended.status.success(), "{ended:?}");
        String::from_utf8(ended.stdout).expect("text")
    };
    let readable = |mode| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(&file, mode).expect("set");
    };
    readable(0o600);
    assert_eq!(check(), "holds: the server can start\n");
    readable(0o644);
    assert!(check().contains("note: everybody on this machine can read"));
    std::fs::remove_file(setup.path("users")).expect("removed");
    assert!(check().contains("nobody can log in"));
    let uploads = format!("UPLOAD_DIR={}", setup.path("settings").display());
    setup.settings(&uploads);
    let ended = setup.run(&["check", "--env-file", &file.display().to_string()]);
    let words = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(4), "{words}");
    assert!(
        words.contains("upload folder") && words.contains("UPLOAD_DIR"),
        "{words}"
    );
}

#[test]
fn check_makes_nothing_and_takes_nothing_away() {
    let setup = Setup::new();
    let file = setup.settings("");
    let check = || setup.run(&["check", "--env-file", &file.display().to_string()]);
    let ended = check();
    assert!(ended.status.success(), "{ended:?}");
    assert!(!setup.path("sessions").exists() && !setup.path("logs").exists());
    std::fs::create_dir(setup.path("sessions")).expect("a folder");
    // Files that a start would remove or set aside belong to the running server.
    let names = [
        "half.new",
        &format!("{}.session", "ab".repeat(32)),
        "gone.events",
    ];
    for name in names {
        std::fs::write(setup.path("sessions").join(name), "garbage").expect("written");
    }
    assert!(check().status.success());
    for name in names {
        let text = std::fs::read_to_string(setup.path("sessions").join(name));
        assert_eq!(text.expect("there"), "garbage", "{name}");
    }
    std::fs::remove_dir_all(setup.path("sessions")).expect("removed");
    std::fs::write(setup.path("sessions"), "no folder").expect("written");
    let ended = check();
    assert_eq!(ended.status.code(), Some(4), "{ended:?}");
}

#[test]
fn check_leaves_no_socket_behind() {
    let setup = Setup::new();
    let path = setup.path("http.socket");
    let file = setup.settings(&format!("BIND=unix:{}", path.display()));
    let ended = setup.run(&["check", "--env-file", &file.display().to_string()]);
    assert!(ended.status.success(), "{ended:?}");
    assert!(!path.exists());
}

#[test]
fn a_mistyped_setting_in_the_environment_is_named() {
    let setup = Setup::new();
    let mut command = setup.command(&["check"]);
    let ended = command
        .env("SECRET_KEY", KEY)
        .env("BIND", "127.0.0.1:0")
        .env("ALOWED_ORIGINS", "https://app.example");
    let ended = ended.output().expect("runs");
    let words = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{words}");
    assert!(words.contains("write `ALLOWED_ORIGINS`"), "{words}");
}
