//! Every setting is read, documented and refused as its declaration says.

use std::path::Path;
use std::time::Duration;

use super::*;

const GOOD: &str = "SECRET_KEY=0123456789abcdef0123456789abcdef\n";

fn read(text: &str) -> Result<Settings, SettingsError> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("written");
    Settings::read(&Source::default().read_file(file.path())?)
}

#[track_caller]
fn refuses(text: &str, what: &str) -> SettingsError {
    let error = read(text).expect_err(what);
    let shown = error.diagnostic();
    assert!(shown.what.contains(what), "{error}");
    let has_place = !shown.place.to_string().is_empty();
    assert!(!shown.fix.is_empty() && has_place, "{error}");
    error
}

#[test]
fn a_key_is_all_that_is_necessary() {
    let settings = read(GOOD).expect("good");
    assert_eq!(settings.bind.to_string(), "127.0.0.1:5000");
    assert_eq!(settings.worker_connections, 1000);
    assert_eq!(settings.session_lifetime, Duration::from_hours(24));
    assert_eq!(settings.keep_alive, Duration::from_secs(5));
    assert!(settings.log_folder.is_none() && settings.trusted_proxy.is_none());
    assert_eq!(settings.upload_folder, Path::new("sessions/uploads"));
    assert!(!format!("{settings:?}").contains("0123456789abcdef"));
}

#[test]
fn every_default_and_every_example_is_one_that_the_setting_takes() {
    for declaration in TABLE.iter().filter(|declaration| !declaration.secret) {
        let texts = declaration.default.into_iter().chain([declaration.example]);
        for text in texts {
            let taken = declaration.apply(&mut Settings::default(), text);
            assert_eq!(taken, Ok(()), "{}", declaration.name);
        }
        assert!(declaration.meaning.ends_with('.'), "{}", declaration.name);
    }
    let mut names: Vec<&str> = TABLE.iter().map(|declaration| declaration.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), TABLE.len());
}

#[test]
fn a_wrong_value_of_any_setting_is_refused_by_its_name() {
    for declaration in TABLE {
        let free = ["USERS_FILE", "SESSION_FILE_DIR", "UPLOAD_DIR", "LOG_DIR"];
        if declaration.secret || free.contains(&declaration.name) {
            continue;
        }
        let wrong = match declaration.name {
            // Almost any text is a possible name, up to its length.
            "OPERATORS" => "x".repeat(201),
            _ => "no such/value".to_owned(),
        };
        let line = format!("{GOOD}{}={wrong}\n", declaration.name);
        let error = refuses(&line, &format!("`{}`", declaration.name));
        let shown = error.diagnostic();
        assert!(shown.fix.contains(declaration.name), "{error}");
        let place = format!(":2:{}", declaration.name.len() + 2);
        assert!(shown.place.to_string().ends_with(&place), "{error}");
    }
}

#[test]
fn a_key_that_is_none_is_refused_and_not_shown() {
    for (line, what) in [
        ("", "`SECRET_KEY` is not set"),
        ("SECRET_KEY=short", "needs at least 32 bytes and has 5"),
        ("SECRET_KEY=changeme", "a known default"),
        (
            "SECRET_KEY=the output of: openssl rand -hex 32",
            "a known default",
        ),
        (
            "SECRET_KEY=change-this-to-a-random-secret-key",
            "a known default",
        ),
        (
            "SECRET_KEY=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "repeats one character",
        ),
    ] {
        let error = refuses(line, what);
        assert!(error.diagnostic().fix.contains("openssl rand"), "{error}");
        let key = line.split_once('=').map(|(_, key)| key);
        let is_shown = key.is_some_and(|key| error.to_string().contains(key));
        assert!(!is_shown, "{error}");
    }
    refuses(
        &format!("{GOOD}SECRET_KEY_PREVIOUS=short"),
        "SECRET_KEY_PREVIOUS",
    );
}

#[test]
fn other_wrong_values_and_names() {
    for (line, what) in [
        ("TRUSTED_PROXY=10.0.0.0/8", "`TRUSTED_PROXY`"),
        ("WORKER_CONNECTIONS=0", "`WORKER_CONNECTIONS`"),
        (
            "WORKER_CONNECTIONS=99999999999999999999",
            "`WORKER_CONNECTIONS`",
        ),
        ("SESSION_FILE_THRESHOLD=many", "`SESSION_FILE_THRESHOLD`"),
        (
            "PERMANENT_SESSION_LIFETIME=-1",
            "`PERMANENT_SESSION_LIFETIME`",
        ),
        ("REQUEST_TIMEOUT=18446744073709551615", "`REQUEST_TIMEOUT`"),
        ("ALLOWED_ORIGINS=*", "`ALLOWED_ORIGINS`"),
        ("ALLOWED_ORIGINS=null", "`ALLOWED_ORIGINS`"),
        ("ALLOWED_ORIGINS=https://*.example", "`ALLOWED_ORIGINS`"),
        (
            "ALLOWED_ORIGINS=https://a.example/path",
            "`ALLOWED_ORIGINS`",
        ),
        ("ALLOWED_ORIGINS=https://u@a.example", "`ALLOWED_ORIGINS`"),
        ("BIND=unix:relative", "`BIND`"),
        ("LOG_LEVEL=inof", "`LOG_LEVEL`"),
        ("LOG_LEVEL=", "`LOG_LEVEL`"),
        ("SECRET_KEY=0", "set twice"),
        ("COLOUR=red", "no setting `COLOUR`"),
        ("hello", "not a setting"),
    ] {
        refuses(&format!("{GOOD}{line}\n"), what);
    }
    let error = refuses(&format!("{GOOD}WORKER_CONECTIONS=7\n"), "no setting");
    assert_eq!(error.diagnostic().fix, "write `WORKER_CONNECTIONS`");
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    for (lines, what) in [
        (
            "SECRET_KEY_PREVIOUS=0123456789abcdef0123456789abcdef",
            "`SECRET_KEY` are the same",
        ),
        ("BIND=0.0.0.0:80", "open to the network"),
        ("BIND=unix:/run/a\nTRUSTED_PROXY=127.0.0.1", "has none"),
        ("TRUSTED_PROXY=unix", "not a Unix socket"),
        ("SESSION_FILE_DIR=/x\nLOG_DIR=/x", "`LOG_DIR`"),
        ("SESSION_FILE_DIR=/x\nUPLOAD_DIR=/x", "`UPLOAD_DIR`"),
    ] {
        refuses(&format!("{GOOD}{lines}\n"), what);
    }
    read(&format!("{GOOD}BIND=0.0.0.0:80\nTRUSTED_PROXY=192.0.2.1\n")).expect("a proxy ends TLS");
    read(&format!("{GOOD}BIND=unix:/run/a\nTRUSTED_PROXY=unix\n")).expect("a Unix socket");
}

#[test]
fn allowed_origins_fail_closed_and_are_as_browsers_write_them() {
    let origins = |text: &str| {
        let settings = read(&format!("{GOOD}ALLOWED_ORIGINS={text}\n"));
        settings.expect("good").allowed_origins
    };
    assert!(origins("").is_empty());
    assert!(origins(" , ").is_empty());
    assert_eq!(
        origins("https://A.example:443, http://b.example:8080"),
        ["https://a.example", "http://b.example:8080"]
    );
}

#[test]
fn what_takes_a_restart_is_named_and_stays() {
    let source = |text: &str| Source::default().read_text(text, "file").expect("lines");
    let old = read(GOOD).expect("good");
    let more = format!("{GOOD}LOG_LEVEL=debug\nBIND=127.0.0.1:1\nLOG_DIR=/elsewhere\n");
    let (new, waiting) = old.renewed(source(&more)).expect("good");
    assert_eq!(waiting, ["BIND", "LOG_DIR"]);
    assert_eq!((&new.bind, &new.log_folder), (&old.bind, &old.log_folder));
    assert_eq!(new.log_level, "debug");
    let (_, waiting) = new.renewed(source(GOOD)).expect("good");
    assert!(waiting.is_empty(), "{waiting:?}");
}

#[test]
fn what_contradicts_the_running_server_is_refused() {
    let source = |text: &str| Source::default().read_text(text, "file").expect("lines");
    let open = "BIND=0.0.0.0:5000\nTRUSTED_PROXY=192.0.2.1\n";
    let old = read(&format!("{GOOD}{open}")).expect("good");
    // Valid by itself, but wrong as long as the server listens where it does.
    let error = old.renewed(source(GOOD)).expect_err("contradicts");
    assert!(error.to_string().contains("fix: "), "{error}");
}
