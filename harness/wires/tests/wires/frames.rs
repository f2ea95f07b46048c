//! Raw WebSockets.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use wires::frame::Frame;
use wires::{Outgoing, SendError, Wire};

use crate::dials::{dial, dialled, event, next, several, websocket};
use crate::peer::{Peer, Socket, soon};

/// Both ends of an open WebSocket, `answered` heard.
async fn open() -> (Wire, Socket) {
    let mut peer = Peer::listen().await;
    let url = peer.url.clone();
    let dialling = tokio::spawn(async move { dial(&url, websocket()).await });
    let asked = peer.socket().await;
    assert_eq!(asked.header("origin"), "http://here");
    assert_eq!(asked.header("sec-websocket-protocol"), "a, b");
    assert_eq!(asked.query(), "room=a+b");
    let socket = asked.grants(&[("sec-websocket-protocol", "b")]).await;
    let mut wire = dialling.await.expect("a wire");
    assert_eq!(next(&mut wire).await, "answered=101");
    (wire, socket)
}

async fn hears(socket: &mut Socket) -> Option<Result<Message, Error>> {
    soon(socket.next()).await
}

#[tokio::test]
async fn frames_go_both_ways_as_they_are() {
    let (mut wire, mut socket) = open().await;
    let text = Outgoing::Frame(Frame::text("{\"a\": 1}"));
    let bytes = Outgoing::Frame(Frame::Binary(vec![0, 255].into()));
    for outgoing in [text, bytes] {
        wire.send(outgoing).await.expect("an open wire");
        let message = hears(&mut socket).await.expect("a frame").expect("a frame");
        socket.send(message).await.expect("a reader");
    }
    assert_eq!(several(&mut wire, 2).await, "{\"a\": 1} $binary:AP8=");
    let packet = event("/", "a", &serde_json::json!([]), None);
    let refused = wire.send(packet).await;
    assert!(matches!(refused, Err(SendError::Language(..))));
}

#[tokio::test]
async fn who_only_listens_hears_to_the_end() {
    let (wire, mut socket) = open().await;
    let (speaker, mut listener) = wire.split();
    drop(speaker);
    socket
        .send(Message::Ping("x".into()))
        .await
        .expect("a reader");
    hears(&mut socket).await.expect("a pong").expect("a pong");
    socket.send(Message::text("a")).await.expect("a reader");
    let heard = soon(listener.next()).await;
    assert_eq!(heard, Some(wires::Incoming::Frame(Frame::text("a"))));
    drop(listener);
    let end = hears(&mut socket).await;
    assert!(matches!(end, Some(Err(_))), "{end:?}");
}

#[tokio::test]
async fn a_ping_is_answered_while_nobody_listens() {
    let (_wire, mut socket) = open().await;
    socket
        .send(Message::Ping("x".into()))
        .await
        .expect("a reader");
    let pong = hears(&mut socket).await.expect("a pong").expect("a pong");
    assert_eq!(pong, Message::Pong("x".into()));
}

#[tokio::test]
async fn a_close_frame_is_said_in_the_targets_words() {
    let closes = [
        (
            Some((4401, "log in")),
            "Server: 4401 close frame 4401 (log in) end",
        ),
        (Some((1008, "")), "Server: 1008 close frame 1008 end"),
        (None, "Server: a close frame without a code end"),
    ];
    for (close, expected) in closes {
        let (mut wire, mut socket) = open().await;
        let frame = close.map(|(code, reason)| CloseFrame {
            code: CloseCode::from(code),
            reason: reason.into(),
        });
        socket.close(frame).await.expect("a reader");
        assert_eq!(several(&mut wire, 2).await, expected);
        // The client answers, as the protocol asks for.
        assert!(matches!(
            hears(&mut socket).await,
            Some(Ok(Message::Close(_)))
        ));
        let sent = wire.send(Outgoing::Frame(Frame::text("late"))).await;
        assert_eq!(sent, Err(SendError::Closed));
    }
}

#[tokio::test]
async fn a_close_is_a_goodbye_and_a_cut_is_none() {
    let (mut wire, mut socket) = open().await;
    let last = Outgoing::Frame(Frame::text("last"));
    wire.send(last).await.expect("an open wire");
    let server = tokio::spawn(async move {
        let last = hears(&mut socket).await;
        let goodbye = hears(&mut socket).await;
        (
            last,
            goodbye,
            socket.send(Message::text("late")).await.is_err(),
        )
    });
    soon(wire.close()).await;
    let (last, goodbye, _) = server.await.expect("a server");
    assert!(matches!(last, Some(Ok(Message::Text(_)))), "{last:?}");
    assert!(
        matches!(goodbye, Some(Ok(Message::Close(None)))),
        "{goodbye:?}"
    );
    assert_eq!(next(&mut wire).await, "end");

    let (mut wire, mut socket) = open().await;
    soon(wire.cut()).await.expect("our own client");
    assert_eq!(next(&mut wire).await, "end");
    let end = hears(&mut socket).await;
    assert!(matches!(end, Some(Err(_))), "{end:?}");

    // A wire that is dropped is cut as well.
    let (wire, mut socket) = open().await;
    drop(wire);
    let end = hears(&mut socket).await;
    assert!(matches!(end, Some(Err(_))), "{end:?}");
}

#[tokio::test]
async fn what_comes_after_the_goodbye_is_heard() {
    let (wire, mut socket) = open().await;
    let (speaker, mut listener) = wire.split();
    let closing = tokio::spawn(async move { speaker.close().await });
    // It is sent before the close frame is read, and so before it is answered.
    socket.send(Message::text("late")).await.expect("a reader");
    while let Some(Ok(_)) = hears(&mut socket).await {}
    let heard = soon(listener.next()).await;
    let late = wires::Incoming::Frame(Frame::text("late"));
    assert_eq!(heard, Some(late));
    assert_eq!(soon(listener.next()).await, None);
    soon(closing).await.expect("closed");
}

#[tokio::test]
async fn a_server_that_does_not_hear_the_goodbye_is_not_waited_for() {
    let (wire, _socket) = open().await;
    soon(wire.close()).await;
}

#[tokio::test]
async fn a_server_that_reads_nothing_does_not_hold_up_a_close() {
    let (wire, _socket) = open().await;
    // More than the buffers of two systems hold.
    let long = Frame::text("x".repeat(32 << 20));
    wire.send(Outgoing::Frame(long))
        .await
        .expect("an open wire");
    soon(wire.close()).await;
}

/// How many messages of 1 MiB the server gets rid of before nobody takes them any more.
async fn flood(socket: &mut Socket) -> usize {
    let message = Message::text("x".repeat(1 << 20));
    for count in 0..1000 {
        let sent = timeout(Duration::from_secs(1), socket.send(message.clone())).await;
        if sent.is_err() {
            return count;
        }
    }
    1000
}

#[tokio::test]
async fn a_flood_waits_in_the_network_and_loses_nothing() {
    let (mut wire, mut socket) = open().await;
    let n_sent = flood(&mut socket).await;
    // The bound, and what the buffers of two systems hold.
    assert!(n_sent < 128, "{n_sent}");
    // Nobody listens, and the wire still speaks.
    let outgoing = Outgoing::Frame(Frame::text("stop"));
    wire.send(outgoing).await.expect("an open wire");
    let heard = hears(&mut socket).await;
    assert!(matches!(heard, Some(Ok(Message::Text(_)))));
    let finish = tokio::spawn(async move {
        socket.flush().await.expect("a reader");
        socket.close(None).await.expect("a reader");
        socket
    });
    for _ in 0..n_sent {
        assert_eq!(next(&mut wire).await.len(), 1 << 20);
    }
    // The one that was cut off in the middle of its sending goes out whole, too.
    let rest = several(&mut wire, 2).await;
    assert!(
        rest.ends_with("Server: a close frame without a code"),
        "{}",
        rest.len()
    );
    drop(finish.await);
}

#[tokio::test]
async fn a_flood_can_be_cut() {
    let (wire, mut socket) = open().await;
    flood(&mut socket).await;
    soon(wire.cut()).await.expect("our own client");
}

#[tokio::test]
async fn who_is_stalled_reads_nothing_and_goes_on_later() {
    let (mut wire, mut socket) = open().await;
    wire.stall(true).await.expect("an open wire");
    // An order that follows is obeyed after it: from then on nothing is read.
    let outgoing = Outgoing::Frame(Frame::text("stalled"));
    wire.send(outgoing).await.expect("an open wire");
    hears(&mut socket).await.expect("a frame").expect("a frame");
    let n_sent = flood(&mut socket).await;
    assert!(n_sent < 32, "{n_sent}");
    let nothing = timeout(Duration::from_millis(100), wire.next()).await;
    assert!(nothing.is_err(), "{nothing:?}");
    wire.stall(false).await.expect("an open wire");
    for _ in 0..n_sent {
        assert_eq!(next(&mut wire).await.len(), 1 << 20);
    }
}

#[tokio::test]
async fn a_refused_handshake_is_said_with_its_whole_answer() {
    let mut peer = Peer::listen().await;
    let url = peer.url.clone();
    let dialling = tokio::spawn(async move { dial(&url, websocket()).await });
    peer.socket().await.says(404, "no such page");
    let mut wire = dialling.await.expect("a wire");
    assert_eq!(several(&mut wire, 2).await, "refused 404 no such page end");
}

#[tokio::test]
async fn what_no_client_may_accept_is_named() {
    let cases = [
        (
            ("sec-websocket-extensions", "permessage-deflate"),
            "no connection: the target insists on permessage-deflate, which this client does not speak",
        ),
        (
            ("sec-websocket-extensions", "x"),
            "no connection: the target insists on the extension x",
        ),
        (
            ("sec-websocket-protocol", "c"),
            "no connection: the target chose the subprotocol `c`, which was not offered",
        ),
    ];
    for (header, expected) in cases {
        let mut peer = Peer::listen().await;
        let url = peer.url.clone();
        let dialling = tokio::spawn(async move { dialled(&url, websocket()).await });
        let socket = {
            let asked = peer.socket().await;
            tokio::spawn(async move { asked.grants(&[header]).await })
        };
        let error = dialling.await.expect("an error").expect_err(expected);
        assert_eq!(error.to_string(), expected);
        socket.abort();
    }
}
