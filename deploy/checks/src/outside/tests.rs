//! What each check makes of a host that is silent, busy or closed, or that does not listen.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use evidence::Verdict::{self, Holds, Undecided, Violated};
use futures_util::future::join_all;
use openssl::ssl::SslVersion;

use super::CHECKS;
use crate::snapshot::{said, snapshot};
use crate::subject::host::Host;
use crate::subject::tls::{TlsHandshake, handshake};
use crate::subject::visit::Visit;

/// How long a host in the tests may take.
const PATIENCE: Duration = Duration::from_millis(300);
/// How long a host may take that does answer: a busy machine must not make it silent.
const LONG: Duration = Duration::from_secs(60);

fn host(base: &str, patience: Duration) -> Host {
    let text = include_str!("../../../../scenarios/targets/reference.yaml");
    let mut target = targets::parse(text).expect("a target");
    target.base = Some(base.parse().expect("an address"));
    Host::with_patience(target, Vec::new(), patience).expect("a host")
}

/// A port on which something listens and nothing accepts.
fn port() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, port)
}

/// Serves each connection until the test ends.
fn serve(serve: fn(TcpStream)) -> u16 {
    let (listener, port) = port();
    thread::spawn(move || listener.incoming().flatten().for_each(serve));
    port
}

/// A visit to this host. Each test makes one: reading the system's certificate authorities takes time.
fn visit(base: &str) -> Visit {
    Visit::new(&host(base, PATIENCE))
}

async fn check(visit: &Visit, name: &str, verdict: Verdict, words: &str) {
    let row = CHECKS.iter().find(|row| row.check.name == name);
    let outcome = row.expect("a check").run(visit).await;
    assert_eq!(outcome.verdict, verdict, "{outcome:?}");
    assert!(outcome.found.concat().contains(words), "{outcome:?}");
}

#[tokio::test]
async fn a_silent_host_leaves_every_check_undecided() {
    let (_listener, port) = port();
    let visit = visit(&format!("https://127.0.0.1:{port}"));
    for row in CHECKS {
        // These two look at port 80.
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
    let words = "nothing listens there";
    check(&visit, "tls-versions", Violated, words).await;
    check(&visit, "health", Violated, words).await;
    // A closed port shows no certificate, and it would refuse every name.
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

/// The length of this request in bytes, once its head has come.
fn length(request: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let (head, _) = text.split_once("\r\n\r\n")?;
    let body = head.split("content-length: ").nth(1);
    let body = body.and_then(|rest| rest.lines().next()?.parse().ok());
    Some(head.len() + 4 + body.unwrap_or(0))
}

/// Reads a whole request, then answers that there are too many.
fn too_many(stream: TcpStream) {
    answer(
        stream,
        "HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    );
}

/// Takes every request for a good one, and always says that the server is well.
fn careless(stream: TcpStream) {
    let body = r#"{"service":"reference-server"}"#;
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\nset-cookie: paralax_session=x; domain=host.invalid\r\n\
        x-xss-protection: 1\r\ncache-control: no-cache\r\ncache-control: no-store\r\n";
    let length = body.len();
    answer(
        stream,
        &format!("{head}content-length: {length}\r\n\r\n{body}"),
    );
}

/// A host whose pages are as they should be, as far as that goes without TLS.
fn sound(stream: TcpStream) {
    answer(
        stream,
        "HTTP/1.1 200 OK\r\nconnection: close\r\nreferrer-policy: no-referrer\r\n\
         content-security-policy: default-src 'none'; base-uri 'none'; frame-ancestors 'none'\r\n\
         set-cookie: paralax_session=x; Path=/; HttpOnly; SameSite=Lax\r\n\
         x-content-type-options: nosniff\r\ncontent-length: 24\r\n\r\n<a href=\"/static/a.css\">",
    );
}

/// Reads a whole request, then answers this.
fn answer(mut stream: TcpStream, answer: &str) {
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
    // The client may be gone; that does not matter here.
    let _ = stream.write_all(answer.as_bytes());
}

#[tokio::test]
async fn too_many_requests_prove_nothing() {
    let port = serve(too_many);
    let visit = visit(&format!("http://127.0.0.1:{port}"));
    for name in [
        "guests",
        "body-limit",
        "plain-unknown-host",
        "health",
        "headers",
        "reflected-origin",
        "shared-cache",
    ] {
        check(&visit, name, Undecided, "too busy to answer: 429").await;
    }
}

/// Sends the head of a TLS record of 16 KiB, and then a byte now and then.
fn trickle(mut stream: TcpStream) {
    let mut bytes = [0x16, 3, 3, 0x40, 0]
        .into_iter()
        .chain(std::iter::repeat(0));
    while stream
        .write_all(&[bytes.next().unwrap_or_default()])
        .is_ok()
    {
        // The sleep is the subject of the test: a slow host.
        thread::sleep(PATIENCE / 6);
    }
}

#[tokio::test]
async fn a_byte_now_and_then_does_not_extend_the_deadline() {
    let host = host(&format!("https://127.0.0.1:{}", serve(trickle)), PATIENCE);
    let shaking = handshake(&host, SslVersion::TLS1_2);
    let shaken = tokio::time::timeout(PATIENCE * 20, shaking).await;
    let shaken = shaken.expect("an end");
    assert!(matches!(shaken, TlsHandshake::Unknown(why) if why == "no answer within 300ms"));
}

#[tokio::test]
async fn closing_the_connection_is_a_right_answer_to_an_unknown_name() {
    let port = serve(|mut stream| {
        let mut part = [0; 4096];
        // It does not matter what it reads.
        let _ = stream.read(&mut part);
    });
    let visit = visit(&format!("http://127.0.0.1:{port}"));
    check(&visit, "plain-unknown-host", Holds, "").await;
}

#[tokio::test]
async fn on_plain_http_what_is_about_tls_is_undecided() {
    let visit = visit(&format!("http://127.0.0.1:{}", serve(sound)));
    let words = "no TLS here: http://127.0.0.1:";
    for name in [
        "redirect",
        "tls-versions",
        "certificate",
        "unknown-host",
        "headers",
        "cookie",
    ] {
        check(&visit, name, Undecided, words).await;
    }
    // It is asked where it is, and not on port 80, where another host may be.
    check(&visit, "server-version", Holds, "").await;
}

/// What the checks say of this host, but for those that ask port 80 of this machine, and those whose words are
/// OpenSSL's.
async fn sayings(base: &str, patience: Duration) -> String {
    let visit = Visit::new(&host(base, patience));
    let elsewhere = [
        "redirect",
        "plain-unknown-host",
        "server-version",
        "certificate",
    ];
    let rows = CHECKS
        .iter()
        .filter(|row| !elsewhere.contains(&row.check.name));
    let outcomes = join_all(rows.map(|row| row.run(&visit))).await;
    outcomes.iter().map(said).collect()
}

#[tokio::test]
async fn each_check_says_what_is_wrong_and_what_it_could_not_see() {
    let careless = format!("http://127.0.0.1:{}", serve(careless));
    snapshot(
        "outside-of-a-careless-host",
        &sayings(&careless, LONG).await,
    );
    let busy = format!("http://127.0.0.1:{}", serve(too_many));
    snapshot("outside-of-a-busy-host", &sayings(&busy, LONG).await);
    let (listener, port) = port();
    let silent = format!("https://127.0.0.1:{port}");
    snapshot(
        "outside-of-a-silent-host",
        &sayings(&silent, PATIENCE).await,
    );
    drop(listener);
    snapshot(
        "outside-of-a-closed-port",
        &sayings(&silent, PATIENCE).await,
    );
}
