//! What an operator and a service manager rely on: readiness, metrics, listeners, reloads and the shutdown.

use std::fs;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::rig::{PATIENCE, Service, Setup, until};
use futures_util::{SinkExt, StreamExt};
use reqwest::header::{COOKIE, ORIGIN};
use rustix::process::Signal;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

async fn ready(service: &Service) -> (u16, Value) {
    let answer = service.get("/ready").await;
    let status = answer.status().as_u16();
    let body = answer.text().await.expect("text");
    (status, serde_json::from_str(&body).expect("JSON"))
}

#[tokio::test]
async fn readiness_has_its_parts_and_says_which_is_not_well() {
    let service = Service::start("");
    let (status, body) = ready(&service).await;
    assert_eq!(
        (status, &body["status"]),
        (200, &Value::from("ready")),
        "{body}"
    );
    for part in ["sessions", "users", "disk", "scheduler", "serving"] {
        assert_eq!(body["parts"][part]["ok"], true, "{part}: {body}");
    }
    fs::rename(service.setup.path("sessions"), service.setup.path("away")).expect("moved");
    until("the missing folder is seen", async || {
        ready(&service).await.0 == 503
    })
    .await;
    let (_, body) = ready(&service).await;
    assert_eq!(body["parts"]["sessions"]["ok"], false, "{body}");
    // The answer reveals no path of this machine.
    assert!(
        !body.to_string().contains("/tmp") && !body.to_string().contains("away"),
        "{body}"
    );
    // The health check is not affected.
    assert_eq!(service.get("/health").await.status(), 200);
    fs::rename(service.setup.path("away"), service.setup.path("sessions")).expect("moved");
    until("it is well again", async || ready(&service).await.0 == 200).await;
}

#[tokio::test]
async fn metrics_are_counted_for_this_machine_alone_and_name_nobody() {
    let service = Service::start("TRUSTED_PROXY=127.0.0.1");
    let cookie = service.login("alice").await;
    let mut socket = socket(&service, &cookie).await;
    let start = service
        .http
        .post(format!("{}/api/actions", service.url))
        .header(COOKIE, &cookie)
        .header(ORIGIN, &service.url)
        .header("content-type", "application/json")
        .body(r#"{"kind": "countdown", "parameters": {"text": "a secret word", "steps": 2}}"#);
    assert_eq!(start.send().await.expect("an answer").status(), 201);
    while !next(&mut socket).await.starts_with("42[\"result\"") {}
    let mut text = String::new();
    // A message is subtracted from the queue's count a moment after a socket has it.
    until("everything is counted", async || {
        text = service.get("/metrics").await.text().await.expect("text");
        let lines = [
            "reference_server_sockets 1",
            "reference_server_sessions{kind=\"user\"} 1",
            "reference_server_queued_messages 0",
            "reference_server_started_actions_total{kind=\"countdown\"} 1",
            "reference_server_ended_actions_total{outcome=\"done\"} 1",
            "reference_server_logins_total{outcome=\"granted\"} 1",
            "reference_server_emit_errors_total 0",
            "reference_server_dropped_messages_total 0",
        ];
        let counted = |line: &&str| text.lines().any(|found| found == *line);
        lines.iter().all(counted)
    })
    .await;
    let count = |name: &str| -> f64 {
        let line = text
            .lines()
            .find(|line| line.starts_with(name))
            .expect(name);
        line.rsplit(' ')
            .next()
            .expect("a value")
            .parse()
            .expect("a number")
    };
    assert!(count("reference_server_tick_lag_seconds_count") >= 1.0);
    assert!(count("reference_server_delivery_latency_seconds_count") >= 2.0);
    for word in ["alice", "secret", "/api/actions"] {
        assert!(!text.contains(word), "{word}");
    }
    let outside = service
        .http
        .get(format!("{}/metrics", service.url))
        .header("X-Forwarded-For", "203.0.113.7");
    assert_eq!(outside.send().await.expect("an answer").status(), 404);
}

#[tokio::test]
async fn the_state_is_shown_to_operators_alone() {
    let service = Service::start("OPERATORS= Alice ,carol");
    let (alice, bob) = (service.login("alice").await, service.login("bob").await);
    for path in ["/status", "/api/status"] {
        assert_eq!(
            service.ask("GET", path, &alice).await.status(),
            200,
            "{path}"
        );
        assert_eq!(service.ask("GET", path, &bob).await.status(), 404, "{path}");
    }
    assert_eq!(service.get("/api/status").await.status(), 401);
    let guest = service.get("/status").await;
    assert_eq!(guest.headers()["location"], "/login?next=/status");
    let mut socket = socket(&service, &bob).await;
    let now = service.ask("GET", "/api/status", &alice).await;
    let now: Value = serde_json::from_str(&now.text().await.expect("text")).expect("JSON");
    for (name, value) in [
        ("sockets", 1),
        ("sessions_user", 2),
        ("dropped_messages", 0),
    ] {
        assert_eq!(now[name], value, "{name}: {now}");
    }
    assert_eq!(now["parts"]["scheduler"]["ok"], true, "{now}");
    let page = service.ask("GET", "/status", &alice).await;
    let page = page.text().await.expect("text");
    assert!(page.contains("<dd data-value=\"sockets\">1</dd>"), "{page}");
    // No user's name appears: the numbers are of all users together.
    assert!(!now.to_string().contains("bob") && !page.contains("bob"));
    socket.close(None).await.expect("closed");
    service.setup.settings("OPERATORS=");
    service.signal(Signal::HUP);
    until("alice is no operator any more", async || {
        service.ask("GET", "/status", &alice).await.status() == 404
    })
    .await;
}

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn socket(service: &Service, cookie: &str) -> Socket {
    let url = format!(
        "ws://{}/socket.io/?EIO=4&transport=websocket",
        service.address()
    );
    let mut request = url.into_client_request().expect("a request");
    request
        .headers_mut()
        .insert(COOKIE, cookie.parse().expect("a value"));
    let (mut socket, _) = tokio_tungstenite::connect_async(request)
        .await
        .expect("a socket");
    socket.send(Message::text("40")).await.expect("sent");
    while !next(&mut socket).await.starts_with("42[\"ready\"") {}
    socket
}

async fn next(socket: &mut Socket) -> String {
    let message = tokio::time::timeout(PATIENCE, socket.next())
        .await
        .expect("in time");
    let text = message
        .expect("open")
        .expect("a message")
        .into_text()
        .expect("text");
    text.as_str().to_owned()
}

/// Asks over a new connection, like a client that does not know of a restart.
fn ask(address: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).expect("never refused");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let request = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn nobody_is_refused_while_a_server_with_systemds_socket_restarts() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let socket = OwnedFd::from(listener);
    let setup = Setup::new();
    let settings = setup.settings("BIND=systemd");
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reference-server"));
        command.args(["serve", "--env-file"]).arg(&settings);
        crate::rig::launch(crate::rig::with_socket(&command, &socket))
    };
    let (mut child, url) = start();
    assert_eq!(url, format!("http://{address}"));
    assert!(ask(&address).starts_with("HTTP/1.1 200"));
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let asking = std::thread::spawn({
        let address = address.clone();
        move || {
            let mut answers = 0;
            while stopped.try_recv().is_err() {
                assert!(ask(&address).starts_with("HTTP/1.1 200"));
                answers += 1;
            }
            answers
        }
    });
    for _ in 0..3 {
        let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).expect("a pid");
        rustix::process::kill_process(pid, Signal::TERM).expect("it runs");
        assert!(child.wait().expect("ends").success());
        (child, _) = start();
        // A request that came while no server ran has waited, and is answered now.
        assert!(ask(&address).starts_with("HTTP/1.1 200"));
    }
    stop.send(()).expect("it asks");
    let answers: u32 = asking.join().expect("never refused");
    child.kill().expect("it runs");
    child.wait().expect("ends");
    assert!(answers > 3, "{answers}");
}

#[test]
fn a_socket_that_bind_contradicts_or_lacks_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let socket = OwnedFd::from(listener);
    let setup = Setup::new();
    let run = |settings: &str, given: bool| {
        let settings = setup.settings(settings);
        let mut command = Command::new(env!("CARGO_BIN_EXE_reference-server"));
        command.args(["serve", "--env-file"]).arg(&settings);
        if given {
            command = crate::rig::with_socket(&command, &socket);
        }
        let ended = command.output().expect("runs");
        assert_eq!(ended.status.code(), Some(2));
        String::from_utf8(ended.stderr).expect("text")
    };
    let lacks = run("BIND=systemd", false);
    assert!(
        lacks.contains("passed 0 sockets") && lacks.contains("fix: "),
        "{lacks}"
    );
    let both = run("BIND=127.0.0.1:0", true);
    assert!(both.contains("set BIND=systemd"), "{both}");
}

#[tokio::test]
async fn a_unix_socket_serves_the_proxy_that_may_open_it() {
    let setup = Setup::new();
    let path = setup.path("http.socket");
    let more = format!("BIND=unix:{}\nTRUSTED_PROXY=unix", path.display());
    let mut service = Service::start_in(setup, &more, |_| {});
    assert_eq!(service.url, format!("unix:{}", path.display()));
    let mut stream = std::os::unix::net::UnixStream::connect(&path).expect("connects");
    let request = "GET /login HTTP/1.1\r\nHost: example.org\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("__Host-paralax_session="), "{answer}");
    assert!(service.log("access.log").contains("203.0.113.7 - - ["));
    service.signal(Signal::TERM);
    assert!(service.child.wait().expect("ends").success());
}

#[tokio::test]
async fn a_reload_reads_what_can_change_and_names_what_cannot() {
    let service = Service::start("");
    let cookie = service.login("alice").await;
    let foreign = || async {
        let ask = service
            .http
            .get(format!(
                "{}/socket.io/?EIO=4&transport=polling",
                service.url
            ))
            .header(COOKIE, &cookie)
            .header(ORIGIN, "https://app.example");
        ask.send().await.expect("an answer").status()
    };
    assert_eq!(foreign().await, 403);
    let more = "ALLOWED_ORIGINS=https://app.example\nWORKER_CONNECTIONS=7\nLOG_LEVEL=warn";
    service.setup.settings(more);
    service.signal(Signal::HUP);
    until("the origin may", async || foreign().await == 200).await;
    let log = service.log("error.log");
    assert!(
        log.contains("takes effect after a restart") && log.contains("WORKER_CONNECTIONS"),
        "{log}"
    );
    // Wrong settings leave the old ones in effect.
    service.setup.settings("ALLOWED_ORIGINS=*");
    service.signal(Signal::HUP);
    until("the fault is told", async || {
        service.log("error.log").contains("the old ones are kept")
    })
    .await;
    let log = service.log("error.log");
    assert!(
        log.contains("`ALLOWED_ORIGINS`") && !log.contains(crate::rig::KEY),
        "{log}"
    );
    assert_eq!(foreign().await, 200);
}

#[tokio::test]
async fn term_gives_answers_in_flight_and_tells_clients_to_come_back() {
    let mut service = Service::start("");
    let cookie = service.login("alice").await;
    let mut socket = socket(&service, &cookie).await;
    // An upload that is half sent.
    let body = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhello\r\n--x--\r\n";
    let head = format!(
        "POST /upload HTTP/1.1\r\nHost: {host}\r\nOrigin: {url}\r\nCookie: {cookie}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {length}\r\n\r\n",
        host = service.address(),
        url = service.url,
        length = body.len(),
    );
    let mut upload = std::net::TcpStream::connect(service.address()).expect("connects");
    upload.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let (first, rest) = body.split_at(body.len() - 20);
    upload
        .write_all(format!("{head}{first}").as_bytes())
        .expect("sent");
    let folder = service.setup.path("sessions").join("uploads");
    until("the upload has begun", async || folder.exists()).await;
    service.signal(Signal::TERM);
    // The transport closes without a disconnect message, so the client reconnects by itself.
    loop {
        let message = tokio::time::timeout(PATIENCE, socket.next())
            .await
            .expect("in time");
        match message {
            Some(Ok(Message::Text(text))) => assert_ne!(text.as_str(), "41"),
            Some(Ok(Message::Close(_)) | Err(_)) | None => break,
            Some(Ok(_)) => {}
        }
    }
    assert!(
        service.child.try_wait().expect("asked").is_none(),
        "it waits for the upload"
    );
    // No new client can connect in the meantime.
    assert!(std::net::TcpStream::connect(service.address()).is_err());
    upload.write_all(rest.as_bytes()).expect("sent");
    let mut answer = String::new();
    upload.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(
        answer.to_lowercase().contains("connection: close"),
        "{answer}"
    );
    assert!(service.child.wait().expect("ends").success());
}

#[tokio::test]
async fn a_drain_ends_in_time_whoever_stays() {
    let mut service = Service::start("GRACEFUL_TIMEOUT=1");
    let cookie = service.login("alice").await;
    let head = format!(
        "POST /upload HTTP/1.1\r\nHost: {host}\r\nOrigin: {url}\r\nCookie: {cookie}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n--x\r\n",
        host = service.address(),
        url = service.url,
    );
    let mut upload = std::net::TcpStream::connect(service.address()).expect("connects");
    upload.write_all(head.as_bytes()).expect("sent");
    let folder = service.setup.path("sessions").join("uploads");
    until("the upload has begun", async || folder.exists()).await;
    let started = Instant::now();
    service.signal(Signal::TERM);
    assert!(service.child.wait().expect("ends").success());
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "{:?}",
        started.elapsed()
    );
    assert!(
        service
            .log("error.log")
            .contains("did not disconnect in time")
    );
}

/// The watchdog's signs of life depend on the scheduler's heartbeat: they keep coming while it runs.
#[test]
fn a_sign_of_life_comes_again_and_again() {
    let setup = Setup::new();
    let manager = UnixDatagram::bind(setup.path("notify")).expect("a socket");
    manager.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let notify = setup.path("notify");
    let service = Service::start_in(setup, "", |command| {
        command
            .env("NOTIFY_SOCKET", notify)
            .env("WATCHDOG_USEC", "300000");
    });
    let mut message = [0; 1024];
    let mut signs = 0;
    while signs < 3 {
        let length = manager.recv(&mut message).expect("a message");
        let text = String::from_utf8_lossy(&message[..length]).into_owned();
        signs += usize::from(text.lines().any(|line| line == "WATCHDOG=1"));
    }
    // A server that hangs sends none.
    service.signal(Signal::STOP);
    manager
        .set_read_timeout(Some(Duration::from_millis(900)))
        .expect("a timeout");
    while manager.recv(&mut message).is_ok() {}
    service.signal(Signal::CONT);
    manager.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    manager.recv(&mut message).expect("it lives again");
}
