//! The five traps of socketioxide. Each is avoided, and has a test that fails if it is not.
//! (The first, a peer that stops reading, also has a test of the socket options in `http/listen.rs`.)

mod bench;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reference_server::Timing;
use reqwest::header::{COOKIE, ORIGIN};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use bench::{Bench, PATIENCE, next, send};

/// Trap 1: closing hangs on a peer that has stopped reading. The shutdown must not hang.
#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_reads_nothing_does_not_hold_up_the_shutdown() {
    let bench = Bench::start().await;
    let alice = bench.login("alice").await;
    let stalled = bench.joined(&alice).await;
    for _ in 0..8 {
        bench
            .start_action(
                &alice,
                "flood",
                json!({ "text": "x".repeat(500), "count": 900 }),
            )
            .await;
    }
    timeout(PATIENCE, bench.server.stop())
        .await
        .expect("in time")
        .expect("stops");
    drop(stalled);
}

/// Trap 1 again: such a peer is cut off while the server runs, its slot becomes free, and no other client waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_reads_nothing_is_cut_off() {
    let timing = Timing {
        peer: Duration::from_secs(1),
        // So that no pong is missed in the meantime.
        ping: Duration::from_mins(10),
        ..Timing::default()
    };
    let bench = Bench::start_with(timing, "WORKER_CONNECTIONS=2\n").await;
    let (alice, bob) = (bench.login("alice").await, bench.login("bob").await);
    let mut others = bench.joined(&bob).await;
    let stalled = bench.joined(&alice).await;
    let url = format!("{}/socket.io/?EIO=4&transport=polling", bench.url);
    let opens = async || {
        let ask = bench.http.get(&url).header(COOKIE, &alice);
        ask.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(opens().await, 503, "both slots are taken");
    let full = timeout(PATIENCE, async {
        loop {
            let flood = json!({ "text": "\u{20ac}".repeat(500), "count": 1000 });
            bench.start_action(&alice, "flood", flood).await;
            if opens().await == 200 {
                return;
            }
        }
    });
    full.await.expect("it is cut off");
    bench.start_action(&bob, "popups", json!({})).await;
    while !next(&mut others).await.starts_with("42[\"result\"") {}
    drop(stalled);
}

/// Trap 1 once more: a full buffer cannot take a disconnect message either. So the connection of such a socket is cut
/// off, long before its peer counts as lost, and what it sent is ignored.
#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_cannot_take_an_event_is_cut_off_at_once() {
    let timing = Timing {
        peer: Duration::from_mins(10),
        ping: Duration::from_mins(10),
        ..Timing::default()
    };
    let bench = Bench::start_with(timing, "WORKER_CONNECTIONS=1\n").await;
    let alice = bench.login("alice").await;
    let mut stalled = bench.joined(&alice).await;
    let url = format!("{}/socket.io/?EIO=4&transport=polling", bench.url);
    let is_free = async || {
        let ask = bench.http.get(&url).header(COOKIE, &alice);
        ask.send().await.expect("an answer").status() == 200
    };
    let full = timeout(PATIENCE, async {
        loop {
            let flood = json!({ "text": "\u{20ac}".repeat(500), "count": 1000 });
            bench.start_action(&alice, "flood", flood).await;
            if is_free().await {
                return;
            }
        }
    });
    full.await.expect("its slot is free");
    // Data on its way may still be read. Then the connection ends without a disconnect message, so the client
    // reconnects by itself.
    let ended = timeout(PATIENCE, async {
        while let Some(Ok(message)) = stalled.next().await {
            assert_ne!(message, Message::text("41"));
        }
    });
    ended.await.expect("the connection is closed");
}

/// A client that stays after it was disconnected keeps neither its transport nor its slot.
#[tokio::test(flavor = "multi_thread")]
async fn a_transport_ends_with_its_session_whatever_its_client_does() {
    let bench = Bench::start_with(Timing::default(), "WORKER_CONNECTIONS=1\n").await;
    let alice = bench.login("alice").await;
    let mut socket = bench.joined(&alice).await;
    let ask = bench.http.post(format!("{}/logout", bench.url));
    let ask = ask.header(COOKIE, &alice).header(ORIGIN, &bench.url);
    assert_eq!(ask.send().await.expect("an answer").status(), 303);
    while next(&mut socket).await != "41" {}
    let ended = timeout(PATIENCE, async {
        while let Some(Ok(_)) = socket.next().await {}
    });
    ended.await.expect("the connection is closed");
    let again = bench.login("alice").await;
    drop(bench.joined(&again).await);
}

/// The same for a polling client: a waiting poll is answered, and the transport's id becomes invalid.
#[tokio::test(flavor = "multi_thread")]
async fn a_poll_ends_with_its_session() {
    let bench = Bench::start().await;
    let alice = bench.login("alice").await;
    let url = format!("{}/socket.io/?EIO=4&transport=polling", bench.url);
    let get = async |url: &str| {
        let ask = bench.http.get(url).header(COOKIE, &alice);
        let answer = timeout(PATIENCE, ask.send()).await.expect("in time");
        let answer = answer.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    };
    let (_, open) = get(&url).await;
    let open: serde_json::Value = serde_json::from_str(&open[1..]).expect("JSON");
    let known = format!("{url}&sid={}", open["sid"].as_str().expect("an id"));
    let ask = bench.http.post(&known).header(COOKIE, &alice).body("40");
    assert_eq!(ask.send().await.expect("an answer").status(), 200);
    while !get(&known).await.1.contains("42[\"ready\"") {}
    let is_told = async {
        loop {
            let (status, text) = get(&known).await;
            if status >= 400 || text.contains("41") {
                return;
            }
        }
    };
    tokio::join!(is_told, async {
        let ask = bench.http.delete(format!("{}/api/sessions", bench.url));
        let ask = ask.header(COOKIE, &alice).header(ORIGIN, &bench.url);
        assert_eq!(ask.send().await.expect("an answer").status(), 200);
    });
    assert_eq!(get(&known).await.0, 401);
}

/// The library bounds waiting data by the number of packets, but a few large ones also fill the memory.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_polls_is_cut_off_by_the_bytes_that_wait_for_it() {
    let timing = Timing {
        logs: Duration::from_millis(20),
        ping: Duration::from_mins(10),
        ..Timing::default()
    };
    let bench = Bench::start_with(timing, "").await;
    let alice = bench.login("alice").await;
    let url = format!("{}/socket.io/?EIO=4&transport=polling", bench.url);
    let ask = bench.http.get(&url).header(COOKIE, &alice).send().await;
    let open = ask.expect("an answer").text().await.expect("text");
    let open: serde_json::Value = serde_json::from_str(&open[1..]).expect("JSON");
    let known = format!("{url}&sid={}", open["sid"].as_str().expect("an id"));
    let says = async |frame: &'static str| {
        let ask = bench.http.post(&known).header(COOKIE, &alice).body(frame);
        ask.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(says("40").await, 200);
    let ready = bench.http.get(&known).header(COOKIE, &alice).send().await;
    assert!(ready.expect("an answer").status().is_success());
    assert_eq!(says("42[\"live_logs\",{\"on\":true}]").await, 200);
    let full = timeout(PATIENCE, async {
        // A control character is one character of text and six of JSON.
        let lines = json!({ "text": "\u{1}".repeat(500), "lines": 500 });
        while says("3").await == 200 {
            bench.start_action(&alice, "log", lines.clone()).await;
        }
    });
    full.await.expect("it is cut off");
    assert_eq!(says("3").await, 400);
}

/// A client that writes `Upgrade` into a request gets no control over the connection, which may serve others too.
#[tokio::test(flavor = "multi_thread")]
async fn a_transport_takes_no_connection_along_that_is_not_its_websocket() {
    let bench = Bench::start().await;
    let (alice, bob) = (bench.login("alice").await, bench.login("bob").await);
    let host = bench.url.trim_start_matches("http://").to_owned();
    let mut shared = tokio::io::BufReader::new(TcpStream::connect(&host).await.expect("connects"));
    let polling = "/socket.io/?EIO=4&transport=polling";
    let open = asks(&mut shared, &host, "GET", polling, &alice, "").await;
    let open: serde_json::Value = serde_json::from_str(&open[1..]).expect("JSON");
    let known = format!("{polling}&sid={}", open["sid"].as_str().expect("an id"));
    asks(&mut shared, &host, "POST", &known, &alice, "40").await;
    // The session ends. A second transport, which is cut off at the same time, shows when.
    let mut socket = bench.joined(&alice).await;
    let end = bench.http.delete(format!("{}/api/sessions", bench.url));
    let end = end.header(COOKIE, &alice).header(ORIGIN, &bench.url);
    assert_eq!(end.send().await.expect("an answer").status(), 200);
    let ended = timeout(PATIENCE, async {
        while let Some(Ok(_)) = socket.next().await {}
    });
    ended.await.expect("it is cut");
    for _ in 0..20 {
        let page = asks(&mut shared, &host, "GET", "/api/actions", &bob, "").await;
        assert!(page.contains("actions"), "{page}");
    }
}

/// Sends one request with an `Upgrade` that is ignored, on a connection that stays open. Returns the body.
async fn asks(
    stream: &mut tokio::io::BufReader<TcpStream>,
    host: &str,
    method: &str,
    path: &str,
    cookie: &str,
    body: &str,
) -> String {
    let length = body.len();
    let ask = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(ask.as_bytes()).await.expect("sent");
    let mut length = 0;
    loop {
        let mut line = String::new();
        let read = timeout(PATIENCE, stream.read_line(&mut line)).await;
        assert!(
            read.expect("in time").expect("alive") > 0,
            "{method} {path}: closed"
        );
        if let Some(told) = line.to_lowercase().strip_prefix("content-length:") {
            length = told.trim().parse().expect("a number");
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.expect("a body");
    String::from_utf8(body).expect("text")
}

/// Trap 2: an emit after `close` panics. Here nothing emits after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_during_emits_is_clean() {
    let bench = Bench::start().await;
    let alice = bench.login("alice").await;
    let mut socket = bench.joined(&alice).await;
    bench
        .start_action(
            &alice,
            "countdown",
            json!({ "steps": 1000, "interval_ms": 1 }),
        )
        .await;
    next(&mut socket).await;
    timeout(PATIENCE, bench.server.stop())
        .await
        .expect("in time")
        .expect("stops");
    assert!(
        bench
            .http
            .get(format!("{}/health", bench.url))
            .send()
            .await
            .is_err()
    );
}

/// Trap 3: async handlers overtake each other. Here events are answered in the order in which the client sent them.
#[tokio::test(flavor = "multi_thread")]
async fn a_clients_events_are_answered_in_order() {
    let bench = Bench::start().await;
    let mut socket = bench.joined(&bench.login("alice").await).await;
    for batch in 0..20 {
        let ids = batch * 100..(batch + 1) * 100;
        for id in ids.clone() {
            socket
                .feed(Message::text(format!(
                    "42{id}[\"stop_action\",{{\"id\":\"{id}\"}}]"
                )))
                .await
                .expect("sent");
        }
        socket.flush().await.expect("sent");
        for id in ids {
            let frame = next(&mut socket).await;
            assert!(frame.starts_with(&format!("43{id}[")), "{id}: {frame}");
        }
    }
}

/// Trap 4: knowing a transport's id must not be enough. Each request needs the session that opened it.
#[tokio::test(flavor = "multi_thread")]
async fn a_known_transport_id_is_of_no_use() {
    let bench = Bench::start().await;
    let (alice, bob) = (bench.login("alice").await, bench.login("bob").await);
    let url = format!("{}/socket.io/?EIO=4&transport=polling", bench.url);
    let get = async |url: &str, cookie: &str| {
        let answer = bench
            .http
            .get(url)
            .header(COOKIE, cookie)
            .send()
            .await
            .expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    };
    let (_, open) = get(&url, &alice).await;
    let sid = serde_json::from_str::<serde_json::Value>(&open[1..]).expect("JSON")["sid"]
        .as_str()
        .expect("an id")
        .to_owned();
    let known = format!("{url}&sid={sid}");
    assert_eq!(get(&known, "a=b").await.0, 401);
    assert_eq!(
        get(&known, &bob).await,
        get(&format!("{url}&sid=AAAAAAAAAAAAAAAA"), &bob).await
    );
    assert_eq!(get(&known, &bob).await.0, 400);
    let post = bench
        .http
        .post(&known)
        .header(COOKIE, &bob)
        .body("40")
        .send()
        .await
        .expect("an answer");
    assert_eq!(post.status(), 400);
    // Its owner can continue.
    let post = bench
        .http
        .post(&known)
        .header(COOKIE, &alice)
        .body("40")
        .send()
        .await
        .expect("an answer");
    assert_eq!(post.status(), 200);
    // A ping may come before it.
    let polling = async { while !get(&known, &alice).await.1.contains("40{") {} };
    timeout(PATIENCE, polling).await.expect("in time");
}

/// Trap 5: handlers may be set after the connect is acknowledged. The first event must be answered anyway.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_right_after_the_connect_is_answered() {
    let bench = Bench::start().await;
    let alice = bench.login("alice").await;
    for _ in 0..100 {
        let mut socket = bench.socket(&alice).await;
        send(&mut socket, "40").await;
        assert!(next(&mut socket).await.starts_with("40{"));
        send(&mut socket, "427[\"user_connected\",{}]").await;
        let mut seen = Vec::new();
        while seen.len() < 2 {
            seen.push(next(&mut socket).await);
        }
        assert!(
            seen.iter().any(|frame| frame.starts_with("437[")),
            "{seen:?}"
        );
        send(&mut socket, "41").await;
    }
}

/// A tab gets the events that it missed once, in order, and exactly up to the number in its `ready`.
#[tokio::test(flavor = "multi_thread")]
async fn resume_gives_back_what_was_missed() {
    let bench = Bench::start().await;
    let alice = bench.login("alice").await;
    let mut watching = bench.joined(&alice).await;
    bench
        .start_action(&alice, "popups", json!({ "count": 5 }))
        .await;
    while !next(&mut watching).await.starts_with("42[\"result\"") {}
    let mut socket = bench.socket(&alice).await;
    send(&mut socket, "40").await;
    let ready = loop {
        let frame = next(&mut socket).await;
        if let Some(ready) = frame.strip_prefix("42[\"ready\",") {
            break serde_json::from_str::<serde_json::Value>(&ready[..ready.len() - 1])
                .expect("JSON")["seq"]
                .as_u64()
                .expect("a number");
        }
    };
    send(&mut socket, "421[\"resume\",{\"last_seq\":0}]").await;
    let answer = loop {
        let frame = next(&mut socket).await;
        if let Some(answer) = frame.strip_prefix("431") {
            break serde_json::from_str::<serde_json::Value>(answer).expect("JSON")[0].clone();
        }
    };
    assert_eq!(answer["complete"], true);
    let numbers: Vec<u64> = answer["missed"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| entry[2]["seq"].as_u64().expect("a number"))
        .collect();
    assert_eq!(numbers, (1..=ready).collect::<Vec<_>>());
    assert!(ready >= 6, "{ready}");
    // Each answer may be large, so a transport gets only one.
    send(&mut socket, "422[\"resume\",{\"last_seq\":0}]").await;
    let again = loop {
        let frame = next(&mut socket).await;
        if frame.starts_with("432") {
            break frame;
        }
    };
    assert!(again.contains("has already resumed"), "{again}");
}
