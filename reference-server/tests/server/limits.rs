//! Limits on what a client may send and how long it may take: above each it is refused, and the server keeps running.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::rig::{PATIENCE, Service, Setup, until};
use futures_util::{SinkExt, StreamExt};
use reqwest::header::{COOKIE, ORIGIN};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

fn connect(service: &Service) -> TcpStream {
    let stream = TcpStream::connect(service.address()).expect("connects");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

/// The status of the answer to this head.
fn status(service: &Service, head: &str) -> u16 {
    let mut stream = connect(service);
    // The server may answer and close before it has read everything.
    let _ = stream.write_all(head.as_bytes());
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("an answer");
    let answer = String::from_utf8_lossy(&answer);
    answer
        .rsplit(' ')
        .next()
        .expect("a status")
        .parse()
        .expect("a number")
}

#[tokio::test]
async fn a_head_is_bounded_in_each_of_its_parts() {
    let service = Service::start("");
    let line = |length: usize| {
        let path = "x".repeat(length - "GET / HTTP/1.1".len());
        format!("GET /{path} HTTP/1.1\r\nHost: h\r\n\r\n")
    };
    assert_eq!(status(&service, &line(4096)), 404);
    assert_eq!(status(&service, &line(4097)), 414);
    let fields = |count: usize| {
        let fields: String = (1..count).map(|n| format!("X-{n}: y\r\n")).collect();
        format!("GET /health HTTP/1.1\r\nHost: h\r\n{fields}\r\n")
    };
    assert_eq!(status(&service, &fields(100)), 200);
    assert_eq!(status(&service, &fields(101)), 431);
    let field = |length: usize| {
        let value = "y".repeat(length - "X-Long: ".len());
        format!("GET /health HTTP/1.1\r\nHost: h\r\nX-Long: {value}\r\n\r\n")
    };
    assert_eq!(status(&service, &field(8190)), 200);
    assert_eq!(status(&service, &field(8191)), 431);
    let whole: String = (0..20)
        .map(|n| format!("X-{n}: {}\r\n", "y".repeat(8000)))
        .collect();
    let whole = format!("GET /health HTTP/1.1\r\nHost: h\r\n{whole}\r\n");
    assert_eq!(status(&service, &whole), 431);
    assert_eq!(service.get("/health").await.status(), 200);
}

/// Waits until the server closes the connection, and returns how long that took.
fn closed(mut stream: TcpStream) -> (Duration, String) {
    let (started, mut said) = (Instant::now(), Vec::new());
    // A reset also ends it.
    let _ = stream.read_to_end(&mut said);
    let elapsed = started.elapsed();
    assert!(elapsed < PATIENCE, "it is still open");
    (elapsed, String::from_utf8_lossy(&said).into_owned())
}

#[tokio::test]
async fn slow_clients_are_cut_off() {
    let service = Service::start("KEEP_ALIVE=1\nREQUEST_TIMEOUT=2");
    // A head that never ends.
    let mut slow = connect(&service);
    slow.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nX-A: ")
        .expect("sent");
    let (_, said) = closed(slow);
    assert!(!said.contains("200"), "{said}");
    // A connection that sends nothing, at first or after an answer.
    closed(connect(&service));
    let mut idle = connect(&service);
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n")
        .expect("sent");
    let (took, said) = closed(idle);
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    assert!(took >= Duration::from_millis(900), "{took:?}");
    // A body that never arrives.
    let mut body = connect(&service);
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nuser=",
        service.address(),
        service.url,
    );
    body.write_all(head.as_bytes()).expect("sent");
    let (_, said) = closed(body);
    assert!(said.starts_with("HTTP/1.1 408"), "{said}");
    // The same for a transport.
    let cookie = service.login("alice").await;
    let sid = handshake(&service, &cookie).await;
    let mut body = connect(&service);
    let head = format!(
        "POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: h\r\nCookie: {cookie}\r\nContent-Length: 100\r\n\r\n4",
    );
    body.write_all(head.as_bytes()).expect("sent");
    let (_, said) = closed(body);
    assert!(!said.starts_with("HTTP/1.1 200"), "{said}");
    assert_eq!(service.get("/health").await.status(), 200);
}

async fn handshake(service: &Service, cookie: &str) -> String {
    let answer = service
        .ask("GET", "/socket.io/?EIO=4&transport=polling", cookie)
        .await;
    assert_eq!(answer.status(), 200);
    let body = answer.text().await.expect("text");
    let open: Value = serde_json::from_str(&body[1..]).expect("JSON");
    open["sid"].as_str().expect("an id").to_owned()
}

fn files(folder: &Path) -> Vec<u64> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let meta = entry.metadata().expect("a file");
        if meta.is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(meta.len());
        }
    }
    found
}

/// A form with one file of `bytes` bytes, generated while it is sent.
fn form(bytes: usize) -> reqwest::Body {
    const CHUNK: usize = 64 << 10;
    let head =
        b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n".to_vec();
    let whole = std::iter::repeat_n(CHUNK, bytes / CHUNK).chain([bytes % CHUNK]);
    let parts = std::iter::once(head)
        .chain(whole.map(|length| vec![b'y'; length]))
        .chain([b"\r\n--x--\r\n".to_vec()]);
    reqwest::Body::wrap_stream(futures_util::stream::iter(
        parts.map(Ok::<_, std::io::Error>),
    ))
}

async fn upload(service: &Service, cookie: &str, bytes: usize) -> Result<u16, reqwest::Error> {
    let ask = service
        .http
        .post(format!("{}/upload", service.url))
        .header(COOKIE, cookie)
        .header(ORIGIN, &service.url)
        .header("content-type", "multipart/form-data; boundary=x")
        .body(form(bytes));
    ask.send().await.map(|answer| answer.status().as_u16())
}

/// The peak memory of the server, in KiB.
fn peak(service: &Service) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", service.child.id()));
    let status = status.expect("it runs");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .expect("a line");
    let number = line.split_whitespace().nth(1).expect("a number");
    number.parse().expect("a number")
}

#[tokio::test]
async fn an_upload_of_a_hundred_mebibytes_takes_no_memory() {
    let service = Service::start("MAX_CONTENT_LENGTH=104858000");
    let cookie = service.login("alice").await;
    assert_eq!(
        upload(&service, &cookie, 1 << 20).await.expect("an answer"),
        201
    );
    let before = peak(&service);
    assert_eq!(
        upload(&service, &cookie, 100 << 20)
            .await
            .expect("an answer"),
        201
    );
    let more = peak(&service) - before;
    assert!(more < 16 << 10, "{more} KiB more for an upload of 102400");
    let mut kept = files(&service.setup.path("sessions").join("uploads"));
    kept.sort_unstable();
    assert_eq!(kept, [1 << 20, 100 << 20]);
}

#[tokio::test]
async fn what_is_too_large_is_refused_while_it_streams_and_nothing_is_kept() {
    let service = Service::start("MAX_CONTENT_LENGTH=1000000");
    let cookie = service.login("alice").await;
    // The server answers and stops reading. The client sees either the answer or a closed connection.
    if let Ok(status) = upload(&service, &cookie, 50 << 20).await {
        assert_eq!(status, 413);
    }
    // With the length in the head it is refused before a byte is read.
    let head = format!(
        "POST /upload HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nCookie: {cookie}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000001\r\n\r\n",
        service.address(),
        service.url,
    );
    assert_eq!(status(&service, &head), 413);
    let form = format!(
        "POST /login HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 65537\r\n\r\n{}",
        service.address(),
        service.url,
        "a".repeat(65537),
    );
    assert_eq!(status(&service, &form), 413);
    let uploads = service.setup.path("sessions").join("uploads");
    until("nothing is left", async || files(&uploads).is_empty()).await;
    assert_eq!(
        upload(&service, &cookie, 999_000).await.expect("an answer"),
        201
    );
}

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn open(service: &Service, cookie: &str) -> Result<Socket, Error> {
    let url = format!(
        "ws://{}/socket.io/?EIO=4&transport=websocket",
        service.address()
    );
    let mut request = url.into_client_request().expect("a request");
    request
        .headers_mut()
        .insert(COOKIE, cookie.parse().expect("a value"));
    let (socket, _) = tokio_tungstenite::connect_async(request).await?;
    Ok(socket)
}

async fn joined(service: &Service, cookie: &str) -> Socket {
    let mut socket = open(service, cookie).await.expect("a socket");
    send(&mut socket, "40").await;
    while !next(&mut socket)
        .await
        .is_some_and(|text| text.starts_with("42[\"ready\""))
    {}
    socket
}

async fn send(socket: &mut Socket, text: &str) {
    socket.send(Message::text(text)).await.expect("sent");
}

/// The next text. `None` if the server has closed the connection.
async fn next(socket: &mut Socket) -> Option<String> {
    loop {
        let message = tokio::time::timeout(PATIENCE, socket.next())
            .await
            .expect("in time");
        match message {
            Some(Ok(Message::Text(text))) => return Some(text.as_str().to_owned()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

#[tokio::test]
async fn a_message_past_a_mebibyte_ends_its_own_socket_alone() {
    let service = Service::start("");
    let (alice, bob) = (service.login("alice").await, service.login("bob").await);
    let (mut large, mut other) = (joined(&service, &alice).await, joined(&service, &bob).await);
    let text = json!(["user_connected", "x".repeat(1 << 20)]);
    // The server may close before it has read everything.
    let _ = large.send(Message::text(format!("42{text}"))).await;
    while next(&mut large).await.is_some() {}
    send(&mut other, "420[\"user_connected\"]").await;
    while next(&mut other).await.expect("open") != "430[{}]" {}
}

/// Otherwise each new socket would get a new rate limit.
#[tokio::test]
async fn a_transport_has_one_socket_and_no_second_one() {
    let service = Service::start("");
    let cookie = service.login("alice").await;
    let mut socket = joined(&service, &cookie).await;
    send(&mut socket, "41").await;
    let refused = tokio::time::timeout(PATIENCE, async {
        loop {
            // It is ignored until the first socket has left.
            send(&mut socket, "40").await;
            let soon = tokio::time::timeout(Duration::from_millis(100), next(&mut socket));
            match soon.await.map(|text| text.expect("open")) {
                Ok(text) if text.starts_with("44") => return text,
                _ => {}
            }
        }
    });
    let refused = refused.await.expect("in time");
    assert!(refused.contains("open another"), "{refused}");
}

#[tokio::test]
async fn events_past_the_rate_are_refused_and_a_flood_ends_the_socket() {
    let service = Service::start("EVENTS_PER_SECOND=5");
    let cookie = service.login("alice").await;
    let mut socket = joined(&service, &cookie).await;
    for n in 0..7 {
        send(&mut socket, &format!("42{n}[\"user_connected\"]")).await;
    }
    let mut refused = false;
    while !refused {
        let answer = next(&mut socket).await.expect("open");
        refused = answer.contains("too many events") && answer.contains("at most 5");
    }
    for n in 0..200 {
        if socket
            .send(Message::text(format!("42{n}[\"user_connected\"]")))
            .await
            .is_err()
        {
            break;
        }
    }
    while next(&mut socket).await.is_some_and(|text| text != "41") {}
    let text = service.get("/metrics").await.text().await.expect("text");
    assert!(
        !text.contains("reference_server_refused_events_total 0"),
        "{text}"
    );
}

#[tokio::test]
async fn each_socket_has_a_place_and_the_next_one_gets_503_until_one_is_free() {
    let service = Service::start("WORKER_CONNECTIONS=2");
    let cookie = service.login("alice").await;
    let first = joined(&service, &cookie).await;
    // A client that never joins a namespace takes a slot too, and so does a polling client.
    let second = open(&service, &cookie).await.expect("a socket");
    let refused = |found: Result<Socket, Error>| match found {
        Err(Error::Http(answer)) => answer.status() == 503,
        _ => false,
    };
    assert!(refused(open(&service, &cookie).await));
    let poll = service
        .ask("GET", "/socket.io/?EIO=4&transport=polling", &cookie)
        .await;
    assert_eq!(poll.status(), 503);
    assert!(poll.headers().contains_key("retry-after"));
    drop(second);
    until("a place is free", async || {
        open(&service, &cookie).await.is_ok()
    })
    .await;
    drop(first);
    until("both are free", async || {
        open(&service, &cookie).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_user_has_fifty_actions_and_another_has_their_own() {
    let service = Service::start("");
    let (alice, bob) = (service.login("alice").await, service.login("bob").await);
    let start = async |cookie: &str| {
        let ask = service
            .http
            .post(format!("{}/api/actions", service.url))
            .header(COOKIE, cookie)
            .header(ORIGIN, &service.url)
            .header("content-type", "application/json")
            .body(r#"{"kind": "endless"}"#);
        ask.send().await.expect("an answer").status().as_u16()
    };
    for _ in 0..50 {
        assert_eq!(start(&alice).await, 201);
    }
    assert_eq!(start(&alice).await, 409);
    assert_eq!(start(&bob).await, 201);
}

#[tokio::test]
async fn a_host_that_is_not_ours_is_told_so() {
    let service = Service::start("SERVER_NAME=example.org\nTRUSTED_PROXY=127.0.0.1");
    let head =
        |host: &str, more: &str| format!("GET /login HTTP/1.1\r\nHost: {host}\r\n{more}\r\n");
    assert_eq!(status(&service, &head("example.org", "")), 200);
    assert_eq!(status(&service, &head("EXAMPLE.org:443", "")), 200);
    assert_eq!(status(&service, &head("evil.example", "")), 421);
    // A program on this machine may name the machine itself, but no client behind the proxy may.
    assert_eq!(status(&service, &head("127.0.0.1", "")), 200);
    let outside = "X-Forwarded-For: 203.0.113.7\r\n";
    assert_eq!(status(&service, &head("127.0.0.1", outside)), 421);
}

#[tokio::test]
async fn one_user_cannot_take_all_places() {
    let service = Service::start("SOCKETS_PER_USER=2");
    let (alice, bob) = (service.login("alice").await, service.login("bob").await);
    let again = service.login("alice").await;
    let first = joined(&service, &alice).await;
    let _second = joined(&service, &again).await;
    match open(&service, &alice).await {
        Err(Error::Http(answer)) => assert_eq!(answer.status(), 429),
        other => panic!("{other:?}"),
    }
    let _bobs = joined(&service, &bob).await;
    drop(first);
    until("one is free", async || open(&service, &alice).await.is_ok()).await;
}

#[tokio::test]
async fn a_login_past_a_users_sessions_ends_the_oldest_with_its_sockets() {
    let service = Service::start("SESSIONS_PER_USER=2");
    let (oldest, bob) = (service.login("alice").await, service.login("bob").await);
    let mut socket = joined(&service, &oldest).await;
    // A session's age has a resolution of one second.
    let second = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a clock")
            .as_secs()
    };
    let now = second();
    until("another second", async || second() > now).await;
    let (second, third) = (service.login("alice").await, service.login("alice").await);
    while next(&mut socket).await.is_some_and(|text| text != "41") {}
    for (cookie, status) in [(&oldest, 303), (&second, 200), (&third, 200), (&bob, 200)] {
        assert_eq!(service.ask("GET", "/", cookie).await.status(), status);
    }
}

#[tokio::test]
async fn a_users_uploads_have_a_bound_and_nothing_past_it_is_kept() {
    let service = Service::start("UPLOADS_PER_USER=30000");
    let (alice, bob) = (service.login("alice").await, service.login("bob").await);
    let sent = async |cookie, bytes| upload(&service, cookie, bytes).await.expect("an answer");
    assert_eq!(sent(&alice, 20_000).await, 201);
    assert_eq!(sent(&alice, 20_000).await, 413);
    // Two concurrent uploads run one after another.
    let (one, other) = tokio::join!(sent(&alice, 9_000), sent(&alice, 9_000));
    assert_eq!([one.min(other), one.max(other)], [201, 413]);
    // Not even an empty file has room.
    assert_eq!(sent(&alice, 0).await, 413);
    assert_eq!(sent(&bob, 30_000).await, 201);
    let mut kept = files(&service.setup.path("sessions").join("uploads"));
    kept.sort_unstable();
    assert_eq!(kept, [9_000, 20_000, 30_000]);
}

#[tokio::test]
async fn what_a_killed_server_was_receiving_is_removed_at_the_next_start() {
    let setup = Setup::new();
    let folder = setup.path("sessions/uploads/somebody");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(".unfinished-x"), "half").expect("written");
    fs::write(folder.join("kept"), "whole").expect("written");
    let service = Service::start_in(setup, "", |_| {});
    assert_eq!(files(&service.setup.path("sessions/uploads")), [5]);
}
