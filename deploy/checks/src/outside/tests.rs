//! Hosts that are silent, gone, busy or closed: what each check makes of them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use evidence::Verdict::{self, Holds, Undecided, Violated};
use openssl::ssl::SslVersion;
use probe::Target;

use super::CHECKS;
use crate::subject::host::Host;
use crate::subject::tls::{Spoken, handshake};
use crate::subject::visit::Visit;

/// What a host in the tests may take.
const PATIENCE: Duration = Duration::from_millis(300);

fn host(base: &str) -> Host {
    let text = include_str!("../../../../scenarios/targets/reference.yaml");
    let mut target = Target::parse(text).expect("a target");
    target.base = base.parse().expect("an address");
    Host::with_patience(target, Vec::new(), PATIENCE).expect("a host")
}

/// A port, and whoever listens there; nobody accepts.
fn port() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, port)
}

/// Lets each connection be served until the test ends.
fn serve(serve: fn(TcpStream)) -> u16 {
    let (listener, port) = port();
    thread::spawn(move || listener.incoming().flatten().for_each(serve));
    port
}

/// A host of which nothing is known yet. Made once a test: reading the system's authorities takes its time.
fn visit(base: &str) -> Visit {
    Visit::new(&host(base))
}

async fn check(visit: &Visit, name: &str, verdict: Verdict, words: &str) {
    let row = CHECKS.iter().find(|row| row.check.name == name);
    let outcome = row.expect("a check").run(visit).await;
    assert_eq!(outcome.verdict, verdict, "{outcome:?}");
    assert!(outcome.found.concat().contains(words), "{outcome:?}");
}

#[tokio::test]
async fn a_silent_host_is_accused_of_nothing() {
    let (_listener, port) = port();
    let visit = visit(&format!("https://127.0.0.1:{port}"));
    for row in CHECKS {
        // These two speak of port 80.
        if !matches!(row.check.name, "redirect" | "plain-unknown-host") {
            check(&visit, row.check.name, Undecided, "").await;
        }
    }
    check(&visit, "tls-versions", Undecided, "no answer within 300ms").await;
    check(&visit, "health", Undecided, "no answer within 300ms").await;
}

#[tokio::test]
async fn a_refused_connection_is_an_answer() {
    let (listener, port) = port();
    drop(listener);
    let visit = visit(&format!("https://127.0.0.1:{port}"));
    let words = "nobody listens";
    check(&visit, "tls-versions", Violated, words).await;
    check(&visit, "health", Violated, words).await;
    // Nothing was shown, and nobody's name was told from another's.
    for name in ["certificate", "unknown-host", "headers", "guests"] {
        check(&visit, name, Undecided, words).await;
    }
}

#[tokio::test]
async fn a_closed_handshake_is_an_answer() {
    let port = serve(drop);
    let visit = visit(&format!("https://127.0.0.1:{port}"));
    check(&visit, "tls-versions", Violated, "TLS 1.2 is refused").await;
}

/// How many bytes this request has, once its head is there.
fn length(request: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let (head, _) = text.split_once("\r\n\r\n")?;
    let body = head.split("content-length: ").nth(1);
    let body = body.and_then(|rest| rest.lines().next()?.parse().ok());
    Some(head.len() + 4 + body.unwrap_or(0))
}

/// Reads a whole request, then says that there are too many.
fn too_many(mut stream: TcpStream) {
    let mut request = Vec::new();
    let mut part = [0; 65_536];
    let mut whole = None;
    while whole.is_none_or(|whole| request.len() < whole) {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return,
            Ok(n) => request.extend_from_slice(&part[..n]),
        }
        whole = whole.or_else(|| length(&request));
    }
    let answer =
        b"HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    // Who has gone away is not asked.
    let _ = stream.write_all(answer);
}

#[tokio::test]
async fn too_many_requests_refuse_nobody() {
    let port = serve(too_many);
    let visit = visit(&format!("http://127.0.0.1:{port}"));
    for name in ["guests", "body-limit", "unknown-host", "health", "headers"] {
        check(&visit, name, Undecided, "no time for this: 429").await;
    }
}

/// The head of a TLS record of 16 KiB, and then a byte now and then.
fn trickle(mut stream: TcpStream) {
    let mut bytes = [0x16, 3, 3, 0x40, 0]
        .into_iter()
        .chain(std::iter::repeat(0));
    while stream
        .write_all(&[bytes.next().unwrap_or_default()])
        .is_ok()
    {
        // As slow as it is: this is the host that is looked at.
        thread::sleep(PATIENCE / 6);
    }
}

#[tokio::test]
async fn a_byte_now_and_then_renews_no_patience() {
    let host = host(&format!("https://127.0.0.1:{}", serve(trickle)));
    let shaking = handshake(&host, SslVersion::TLS1_2);
    let shaken = tokio::time::timeout(PATIENCE * 20, shaking).await;
    let shaken = shaken.expect("an end");
    assert!(matches!(shaken, Spoken::Unknown(why) if why == "no answer within 300ms"));
}

#[tokio::test]
async fn another_hosts_name_may_be_closed_on() {
    let port = serve(|mut stream| {
        let mut part = [0; 4096];
        // What it reads does not matter.
        let _ = stream.read(&mut part);
    });
    let visit = visit(&format!("http://127.0.0.1:{port}"));
    check(&visit, "unknown-host", Holds, "").await;
}
