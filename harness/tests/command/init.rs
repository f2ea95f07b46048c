//! `airtight init` as its users run it: what it writes, where, and how it ends.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs, thread};

fn init(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_airtight"));
    command.arg("init").args(arguments);
    command
        .env_remove("AIRTIGHT_PASSWORDS")
        .stdin(Stdio::null());
    let ended = command.output().expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let code = ended.status.code().expect("a code");
    (code, text(ended.stdout), text(ended.stderr))
}

/// Answers every request with this page, until the test ends.
fn served(page: &'static str, status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            // A request without a body fits into one read.
            let _ = stream.read(&mut [0; 4096]);
            let length = page.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{page}"
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

const LOGIN: &str = "<form method=post><input name=user><input type=password name=password></form>";

#[test]
fn a_file_is_written_where_none_is() {
    let url = served(LOGIN, "200 OK");
    let (code, file, said) = init(&[&url]);
    assert_eq!(code, 0, "{said}");
    targets::parse(&file).expect("a target");
    assert!(file.contains("- post: /"), "{file}");
    assert!(said.contains("GET /: 200"), "{said}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.yaml");
    let out = path.to_str().expect("a path");
    let (code, printed, said) = init(&[&url, "--out", out, "--quiet"]);
    assert_eq!((code, printed.as_str(), said.as_str()), (0, "", ""));
    assert_eq!(fs::read_to_string(&path).expect("written"), file);
    fs::write(&path, "mine").expect("written");
    let (code, _, said) = init(&[&url, "--out", out]);
    assert_eq!(code, 2);
    assert!(said.contains("--force"), "{said}");
    assert_eq!(fs::read_to_string(&path).expect("there"), "mine");
    let (code, _, said) = init(&[&url, "--out", out, "--force"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(fs::read_to_string(&path).expect("written"), file);
}

#[test]
fn a_file_that_needs_its_author_is_undecided() {
    let (code, file, said) = init(&[&served("no", "404 Not Found")]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("nothing was recognised"), "{said}");
    targets::parse(&file).expect("a target");
}

#[test]
fn where_nobody_listens_nothing_is_written() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let (code, file, said) = init(&[&url]);
    assert_eq!((code, file.as_str()), (4, ""));
    assert!(said.contains("nobody answers"), "{said}");
}

#[test]
fn wrong_input_is_named() {
    let url = served(LOGIN, "200 OK");
    let refuses = |arguments: &[&str], words: &str| {
        let (code, file, said) = init(&[&[url.as_str()], arguments].concat());
        assert_eq!((code, file.as_str()), (2, ""), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    };
    refuses(&["--user", "alice"], "there is no password for `alice`");
    refuses(&["--passwords", "x"], "--user");
    refuses(&["--openapi", "/nowhere"], "/nowhere");
    refuses(&["--openapi", "Cargo.toml"], "no OpenAPI description");
    refuses(&["--asyncapi", "Cargo.toml"], "no AsyncAPI description");
    refuses(&["--cacert", "Cargo.toml"], "--cacert");
    refuses(&["--force"], "--out");
    let (code, _, said) = init(&["ftp://x.test"]);
    assert_eq!(code, 2, "{said}");
    assert!(!Path::new("mine.yaml").exists());
}
