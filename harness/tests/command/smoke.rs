//! `airtight smoke` without a deployment: wrong input, a server that it starts, and a port where nothing listens. The tests in `deploy/checks`
//! have deployments.

use std::io::Write;
use std::net::TcpListener;
use std::process::Command;

use crate::cases::{cases, has_packages};

fn smoke(arguments: &[&str], passwords: Option<&str>) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_airtight"));
    command
        .arg("smoke")
        .args(arguments)
        .env_remove("AIRTIGHT_PASSWORDS");
    if let Some(lines) = passwords {
        command.env("AIRTIGHT_PASSWORDS", lines);
    }
    let ended = command
        .stdin(std::process::Stdio::null())
        .output()
        .expect("runs");
    let words = [ended.stdout, ended.stderr].concat();
    (
        ended.status.code().expect("a code"),
        String::from_utf8_lossy(&words).into_owned(),
    )
}

#[track_caller]
fn refuses(arguments: &[&str], passwords: Option<&str>, words: &str) {
    let (code, said) = smoke(arguments, passwords);
    assert_eq!(code, 2, "{arguments:?}: {said}");
    assert!(said.contains(words), "{arguments:?}: {said}");
}

#[test]
fn wrong_input_is_named() {
    let host = "https://host.invalid";
    let mut nowhere = tempfile::NamedTempFile::new().expect("a file");
    let file = b"target: x\nlogin: none\nsocket: none\nactions: {}\n";
    nowhere.write_all(file).expect("written");
    let nowhere = nowhere.path().to_str().expect("text");
    refuses(
        &["--target", nowhere],
        None,
        "nothing says where the deployment is",
    );
    refuses(&[host, "--fault", "x"], None, "--fault");
    refuses(&["host"], None, "relative URL");
    refuses(&["ftp://host"], None, "is no address of a deployment");
    refuses(&[host, "--colour"], None, "--colour");
    refuses(&[host, "--connect-to", "somewhere"], None, "--connect-to");
    refuses(&[host, "--report", "pdf=x"], None, "json=FILE");
    refuses(
        &[host, "--user", "alice"],
        None,
        "there is no password for `alice`",
    );
    refuses(
        &[host, "--user", "a", "--user", "a"],
        Some("a=12345678"),
        "`a` is named twice",
    );
    refuses(
        &[host, "--user", "a"],
        Some("nonsense"),
        "AIRTIGHT_PASSWORDS:1",
    );
    refuses(
        &[host, "--passwords", "/nowhere"],
        None,
        "cannot read the passwords",
    );
    refuses(
        &[host, "--target", "/nowhere"],
        None,
        "cannot read the target file",
    );
    refuses(
        &[host, "--cacert", "/nowhere"],
        None,
        "cannot trust /nowhere",
    );
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(b"no certificate").expect("written");
    let path = file.path().to_str().expect("text");
    refuses(&[host, "--cacert", path], None, "cannot trust");
}

#[test]
fn what_the_target_file_starts_is_checked() {
    if !has_packages() {
        return;
    }
    let target = cases().join("group-room/target.yaml");
    let (code, said) = smoke(&["--target", target.to_str().expect("text")], None);
    assert_eq!(code, 1, "{said}");
    for word in [
        "holds      websocket",
        "holds      polling",
        "violated   headers",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn a_port_where_nothing_listens_never_passes() {
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let (code, said) = smoke(&[&format!("https://127.0.0.1:{port}")], None);
    assert_ne!(code, 0, "{said}");
    assert!(
        said.contains("undecided") && !said.contains(" holds  "),
        "{said}"
    );
}
