//! A request has one id: in its answer, and in every log line that it causes.

use futures_util::{SinkExt, StreamExt};
use reqwest::header::{COOKIE, ORIGIN};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::rig::{Service, until};

#[tokio::test]
async fn a_request_has_one_id_in_its_answer_and_in_every_line() {
    let service = Service::start("TRUSTED_PROXY=127.0.0.1");
    let ask = |id: &str| {
        let ask = service.http.post(format!("{}/login", service.url));
        ask.header("X-Request-ID", id)
            .header(ORIGIN, &service.url)
            .form(&[("user", "alice"), ("password", "a wrong guess")])
            .send()
    };
    let answer = ask("from-the-proxy-1").await.expect("an answer");
    assert_eq!(answer.headers()["x-request-id"], "from-the-proxy-1");
    let line = |log: String| {
        let line = log
            .lines()
            .find(|line| line.contains("from-the-proxy-1"))
            .map(str::to_owned);
        line.expect("a line")
    };
    assert!(line(service.log("access.log")).contains("\"POST /login HTTP/1.1\" 401 "));
    assert!(line(service.log("app.log")).contains("a login was refused"));
    // An invalid id is not used.
    let answer = ask("a b").await.expect("an answer");
    let made = answer.headers()["x-request-id"].to_str().expect("text");
    assert_eq!(made.len(), 32);
    // Nor is an id from a client that is not the trusted proxy.
    let service = Service::start("");
    let ask = service.http.get(format!("{}/health", service.url));
    let answer = ask
        .header("X-Request-ID", "mine")
        .send()
        .await
        .expect("an answer");
    assert_ne!(answer.headers()["x-request-id"], "mine");
}

#[tokio::test]
async fn the_id_is_there_at_every_level_and_in_each_log() {
    let service = Service::start("TRUSTED_PROXY=127.0.0.1\nLOG_LEVEL=warn");
    for _ in 0..6 {
        let ask = service.http.post(format!("{}/login", service.url));
        let ask = ask
            .header("X-Request-ID", "guesses-too-often")
            .header(ORIGIN, &service.url)
            .form(&[("user", "alice"), ("password", "a wrong guess")]);
        ask.send().await.expect("an answer");
    }
    for name in ["app.log", "error.log"] {
        let log = service.log(name);
        let line = log
            .lines()
            .find(|line| line.contains("name or address is locked"));
        assert!(line.expect(name).contains("guesses-too-often"), "{log}");
    }
}

/// Work that continues after the answer is also logged with the request's id.
#[tokio::test]
async fn a_socket_and_an_action_have_the_id_of_the_request_that_began_them() {
    let service = Service::start("TRUSTED_PROXY=127.0.0.1");
    let alice = service.login("alice").await;
    let url = format!(
        "ws://{}/socket.io/?EIO=4&transport=websocket",
        service.address()
    );
    let mut request = url.into_client_request().expect("a request");
    for (name, value) in [("cookie", &*alice), ("x-request-id", "opens-the-socket")] {
        let value = value.parse().expect("a value");
        request.headers_mut().insert(name, value);
    }
    let (mut socket, _) = tokio_tungstenite::connect_async(request)
        .await
        .expect("a socket");
    socket.send(Message::text("40")).await.expect("sent");
    // Before that no handler is set, and an event is lost.
    let mut is_ready = false;
    while !is_ready {
        let message = socket.next().await.expect("a message").expect("a message");
        is_ready = message
            .to_text()
            .is_ok_and(|text| text.contains("\"ready\""));
    }
    let event = Message::text("421[\"no_such_event\"]");
    socket.send(event).await.expect("sent");
    let start = service.http.post(format!("{}/api/actions", service.url));
    let start = start
        .header(COOKIE, &alice)
        .header(ORIGIN, &service.url)
        .header("x-request-id", "starts-the-action")
        .header("content-type", "application/json")
        .body(r#"{"kind":"bad_message"}"#);
    assert_eq!(start.send().await.expect("an answer").status(), 201);
    for (id, words) in [
        ("opens-the-socket", "an unknown event was refused"),
        ("starts-the-action", "a message is too large"),
    ] {
        let is_logged = || {
            let log = service.log("app.log");
            log.lines()
                .any(|line| line.contains(id) && line.contains(words))
        };
        until(words, async || is_logged()).await;
    }
}
