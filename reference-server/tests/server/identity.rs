//! Clients that guess passwords are locked out, and users see and end their own sessions.

use std::time::{Duration, Instant};

use crate::rig::{Service, Setup, until};
use futures_util::StreamExt;
use reqwest::StatusCode;
use reqwest::header::{COOKIE, ORIGIN, RETRY_AFTER, SET_COOKIE};
use serde_json::Value;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const PROXY: &str = "TRUSTED_PROXY=127.0.0.1";

async fn fails(service: &Service, user: &str, address: &str) {
    let answer = service.try_login(user, "a wrong guess", address).await;
    assert_eq!(answer.status(), 401, "{user} from {address}");
}

async fn is_locked(service: &Service, user: &str, password: &str, address: &str) -> u64 {
    let answer = service.try_login(user, password, address).await;
    assert_eq!(answer.status(), 429, "{user} from {address}");
    let wait = answer.headers()[RETRY_AFTER].to_str().expect("text");
    wait.parse().expect("seconds")
}

#[tokio::test]
async fn five_failures_lock_a_name_in_every_spelling_from_everywhere() {
    let service = Service::start(PROXY);
    for (n, spelling) in ["alice", "ALICE", "Alice", "ａｌｉｃｅ", "aLICE"]
        .iter()
        .enumerate()
    {
        fails(&service, spelling, &format!("192.0.2.{n}")).await;
    }
    let seconds = is_locked(&service, "alice", "password-a", "198.51.100.1").await;
    assert!((1..=300).contains(&seconds), "{seconds}");
    let answer = service
        .try_login("alice", "password-a", "198.51.100.1")
        .await;
    assert!(answer.headers().get(SET_COOKIE).is_none());
    // Nobody else is locked out.
    service.login("bob").await;
    let text = service.get("/metrics").await.text().await.expect("text");
    for line in [
        "{outcome=\"refused\"} 5",
        "{outcome=\"locked\"} 2",
        "{outcome=\"granted\"} 1",
    ] {
        assert!(
            text.contains(&format!("reference_server_logins_total{line}")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn five_failures_lock_an_address_and_somebody_elses_success_resets_nothing() {
    let service = Service::start(PROXY);
    for n in 0..5 {
        fails(&service, &format!("nobody{n}"), "203.0.113.7").await;
        if n < 4 {
            let own = service.try_login("bob", "password-b", "203.0.113.7").await;
            assert_eq!(own.status(), 303);
        }
    }
    is_locked(&service, "bob", "password-b", "203.0.113.7").await;
    let elsewhere = service.try_login("bob", "password-b", "203.0.113.8").await;
    assert_eq!(elsewhere.status(), 303);
    // Without a trusted proxy a client cannot escape a lock by naming another address.
    let service = Service::start("TRUSTED_PROXY=192.0.2.1");
    for n in 0..5 {
        fails(&service, &format!("nobody{n}"), &format!("203.0.113.{n}")).await;
    }
    is_locked(&service, "bob", "password-b", "203.0.113.99").await;
}

#[tokio::test]
async fn a_lock_ends_by_itself() {
    let service = Service::start("TRUSTED_PROXY=127.0.0.1\nLOGIN_LOCK=1\nLOGIN_FAILURES=1");
    fails(&service, "alice", "192.0.2.1").await;
    is_locked(&service, "alice", "password-a", "192.0.2.2").await;
    until("the lock is over", async || {
        let answer = service.try_login("alice", "password-a", "192.0.2.2").await;
        answer.status() == 303
    })
    .await;
}

#[tokio::test]
async fn of_a_burst_of_guesses_no_more_count_than_one_after_the_other() {
    let service = Service::start(PROXY);
    let guesses = (0..40).map(|n| {
        let address = format!("192.0.2.{n}");
        let service = &service;
        async move {
            let answer = service.try_login("alice", "a wrong guess", &address).await;
            answer.status()
        }
    });
    let answers: Vec<StatusCode> = futures_util::future::join_all(guesses).await;
    // Guesses that finish after the lock get the lock's answer, although they had begun before. So would the right one.
    let count = |wanted: u16| answers.iter().filter(|status| **status == wanted).count();
    assert_eq!((count(401), count(429)), (5, 35));
    is_locked(&service, "alice", "password-a", "198.51.100.1").await;
}

/// A hash that has begun cannot be stopped, and its result is counted.
#[tokio::test]
async fn a_guess_counts_even_if_its_client_hangs_up() {
    let service = Service::start("");
    let body = "user=alice&password=a+wrong+guess";
    let ask = format!(
        "POST /login HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        service.address(),
        service.url,
        body.len(),
    );
    let is_locked = async || {
        let mut stream = std::net::TcpStream::connect(service.address()).expect("connects");
        std::io::Write::write_all(&mut stream, ask.as_bytes()).expect("sent");
        drop(stream);
        let log = service.log("access.log");
        log.contains("\"POST /login HTTP/1.1\" 429 ")
            || service.log("app.log").contains("name or address is locked")
    };
    until("the name is locked", is_locked).await;
}

#[tokio::test]
async fn a_user_who_does_not_exist_gets_the_same_words_and_takes_as_long() {
    let setup = Setup::new();
    let mut add = setup.command(&["user", "add", "carol"]);
    let mut child = add
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("runs");
    let mut input = child.stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut input, b"password-c\n").expect("written");
    drop(input);
    assert!(child.wait().expect("ends").success());
    let more = "TRUSTED_PROXY=127.0.0.1\nLOGIN_FAILURES=100\nLOGIN_FAILURES_ADDRESS=100";
    let service = Service::start_in(setup, more, |_| {});
    let mut bodies = Vec::new();
    // The fastest of several attempts: other work on the machine can only slow one down.
    let mut quickest = [Duration::MAX; 2];
    for n in 0..16 {
        let user = ["carol", "nobody"][n % 2];
        let started = Instant::now();
        let answer = service.try_login(user, "a wrong guess", "192.0.2.1").await;
        assert_eq!(answer.status(), 401);
        quickest[n % 2] = quickest[n % 2].min(started.elapsed());
        // Without the nonce, which differs in every answer.
        let body = answer.text().await.expect("text");
        let nonce = body.split("nonce=\"").nth(1).expect("a nonce");
        let nonce = nonce.split('"').next().expect("a nonce").to_owned();
        bodies.push(body.replace(&nonce, ""));
    }
    assert!(bodies.windows(2).all(|two| two[0] == two[1]), "{bodies:?}");
    let [known, unknown] = quickest.map(|time| time.as_secs_f64());
    assert!(
        (0.5..2.0).contains(&(known / unknown)),
        "{known} against {unknown}"
    );
}

#[tokio::test]
async fn a_thousand_right_logins_from_one_address_lock_nobody() {
    let service = Service::start("");
    let logins = (0..200).map(|n| service.login(["alice", "bob"][n % 2]));
    let cookies = futures_util::future::join_all(logins).await;
    assert_eq!(cookies.len(), 200);
}

async fn sessions(service: &Service, cookie: &str) -> Vec<Value> {
    let answer = service.ask("GET", "/api/sessions", cookie).await;
    assert_eq!(answer.status(), 200);
    let body: Value = serde_json::from_str(&answer.text().await.expect("text")).expect("JSON");
    body["sessions"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_user_sees_and_ends_their_own_sessions_and_nobody_elses() {
    let service = Service::start("");
    let (desktop, phone) = (service.login("alice").await, service.login("alice").await);
    let bob = service.login("bob").await;
    let own = sessions(&service, &desktop).await;
    assert_eq!(own.len(), 2);
    assert_eq!(
        own.iter()
            .filter(|session| session["current"] == true)
            .count(),
        1
    );
    let of_bob = sessions(&service, &bob).await;
    let [theirs] = of_bob.as_slice() else {
        panic!("{of_bob:?}")
    };
    let theirs = theirs["id"].as_str().expect("an id");
    // The public id is not part of the cookie.
    assert!(!bob.contains(theirs));

    // Another user's session gets the same answer as one that never existed.
    let foreign = service
        .ask("DELETE", &format!("/api/sessions/{theirs}"), &desktop)
        .await;
    let never = service.ask("DELETE", "/api/sessions/none", &desktop).await;
    assert_eq!(
        (foreign.status(), never.status()),
        (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
    );
    assert_eq!(
        foreign.text().await.expect("text"),
        never.text().await.expect("text")
    );
    assert_eq!(service.ask("GET", "/", &bob).await.status(), 200);

    // A page of another site cannot do it.
    let path = format!("{}/api/sessions", service.url);
    let ask = service.http.delete(&path).header(COOKIE, &desktop);
    let foreign = ask.header(ORIGIN, "https://evil.example").send().await;
    assert_eq!(foreign.expect("an answer").status(), 403);
    assert_eq!(service.get("/api/sessions").await.status(), 401);

    let other = own
        .iter()
        .find(|session| session["current"] == false)
        .expect("the phone");
    let path = format!("/api/sessions/{}", other["id"].as_str().expect("an id"));
    assert_eq!(service.ask("DELETE", &path, &desktop).await.status(), 200);
    assert_eq!(service.ask("GET", "/", &phone).await.status(), 303);
    assert_eq!(service.ask("GET", "/", &desktop).await.status(), 200);
}

#[tokio::test]
async fn to_sign_out_everywhere_ends_each_session_with_its_sockets() {
    let service = Service::start("");
    let (desktop, phone) = (service.login("alice").await, service.login("alice").await);
    let bob = service.login("bob").await;
    let mut socket = joined(&service, &phone).await;
    let answer = service.ask("DELETE", "/api/sessions", &desktop).await;
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers()[SET_COOKIE].to_str().expect("text");
    assert!(cookie.contains("Max-Age=0"), "{cookie}");
    for gone in [&desktop, &phone] {
        assert_eq!(service.ask("GET", "/", gone).await.status(), 303);
    }
    assert_eq!(service.ask("GET", "/", &bob).await.status(), 200);
    is_disconnected(&mut socket).await;
}

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn joined(service: &Service, cookie: &str) -> Socket {
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
    let connect = tokio_tungstenite::tungstenite::Message::text("40");
    futures_util::SinkExt::send(&mut socket, connect)
        .await
        .expect("sent");
    loop {
        let message = tokio::time::timeout(crate::rig::PATIENCE, socket.next())
            .await
            .expect("in time");
        let text = message
            .expect("open")
            .expect("a message")
            .into_text()
            .expect("text");
        if text.starts_with("42[\"ready\"") {
            return socket;
        }
    }
}

/// Waits for the Socket.IO disconnect, after which a client does not reconnect by itself.
async fn is_disconnected(socket: &mut Socket) {
    loop {
        let message = tokio::time::timeout(crate::rig::PATIENCE, socket.next())
            .await
            .expect("in time");
        match message
            .expect("a disconnect before the end")
            .expect("a message")
            .into_text()
        {
            Ok(text) if text.as_str() == "41" => return,
            _ => {}
        }
    }
}

#[tokio::test]
async fn an_operator_lists_and_ends_sessions_beside_the_server() {
    let service = Service::start("");
    let (alice, bob) = (service.login("alice").await, service.login("bob").await);
    let mut socket = joined(&service, &alice).await;
    let listed = service.setup.run(&["session", "list", "--user", "ALICE"]);
    let listed = String::from_utf8(listed.stdout).expect("text");
    let [line] = listed.lines().collect::<Vec<_>>()[..] else {
        panic!("{listed}")
    };
    assert!(line.ends_with("  alice"), "{line}");
    let id = line.split("  ").next().expect("an id");
    assert!(!alice.contains(id));
    // It also works from another folder, with the settings file of the operator.
    let settings = service.setup.path("settings").display().to_string();
    let mut end = service
        .setup
        .command(&["session", "--env-file", &settings, "end", id]);
    let ended = end.env_remove("SESSION_FILE_DIR").output().expect("runs");
    assert!(ended.status.success(), "{ended:?}");
    is_disconnected(&mut socket).await;
    assert_eq!(service.ask("GET", "/", &alice).await.status(), 303);
    assert_eq!(service.ask("GET", "/", &bob).await.status(), 200);
    let unknown = service.setup.run(&["session", "end", id]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&unknown.stderr).contains("fix: see"),
        "{unknown:?}"
    );
    assert_eq!(
        service.setup.run(&["session", "end"]).status.code(),
        Some(2)
    );
    assert!(
        service
            .setup
            .run(&["session", "end", "--all"])
            .status
            .success()
    );
    until("bob is logged out", async || {
        service.ask("GET", "/", &bob).await.status() == 303
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_with_its_time_and_prune_removes_what_is_left() {
    let service = Service::start("PERMANENT_SESSION_LIFETIME=1");
    let cookie = service.login("alice").await;
    until("it is over", async || {
        service.ask("GET", "/", &cookie).await.status() == 303
    })
    .await;
    drop(service);
    let setup = Setup::new();
    let service = Service::start_in(setup, "PERMANENT_SESSION_LIFETIME=1", |_| {});
    let cookie = service.login("alice").await;
    service.signal(rustix::process::Signal::KILL);
    drop(cookie);
    let folder = service.setup.path("sessions");
    until("it has expired", async || {
        service.setup.run(&["session", "prune"]);
        std::fs::read_dir(&folder).expect("a folder").all(|entry| {
            !entry
                .expect("an entry")
                .path()
                .to_string_lossy()
                .ends_with(".session")
        })
    })
    .await;
}
