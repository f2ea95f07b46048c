//! Socket.IO against a scripted Engine.IO: polls, the upgrade, recovery, older versions.

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use wires::frame::Frame;
use wires::{How, Outgoing, Parser, Recovery, SocketIo, Transport, Wire};

use crate::dials::{dial, event, next, several, socket_io};
use crate::peer::{Asked, Peer, Socket, soon};

const OPEN: &str = r#"0{"sid":"t","upgrades":["websocket"]}"#;

/// A wire whose first poll was answered by this.
async fn polled(transport: Transport, status: u16, first: &str) -> (Wire, Peer) {
    let mut peer = Peer::listen().await;
    let url = peer.url.clone();
    let dialling = tokio::spawn(async move { dial(&url, socket_io(transport)).await });
    let asked = peer.get().await;
    assert!(
        asked
            .query()
            .starts_with("room=a+b&EIO=4&transport=polling&t=")
    );
    asked.says(status, first);
    (dialling.await.expect("a wire"), peer)
}

/// A wire over a WebSocket from the start, and its peer's end.
async fn socket(how: SocketIo) -> (Wire, Socket) {
    let mut peer = Peer::listen().await;
    let url = peer.url.clone();
    let dialling = tokio::spawn(async move { dial(&url, How::SocketIo(how)).await });
    let asked = peer.socket().await;
    assert_eq!(asked.query(), "room=a+b&EIO=4&transport=websocket");
    let socket = asked.grants(&[]).await;
    let mut wire = dialling.await.expect("a wire");
    assert_eq!(next(&mut wire).await, "answered=101");
    (wire, socket)
}

async fn hears(socket: &mut Socket) -> String {
    let message = soon(socket.next())
        .await
        .expect("a frame")
        .expect("a frame");
    message.into_text().expect("a text").to_string()
}

async fn says(socket: &mut Socket, text: &str) {
    socket.send(Message::text(text)).await.expect("a reader");
}

/// Takes a post, and answers as servers do.
async fn posted(peer: &mut Peer) -> String {
    let asked = peer.post().await;
    let body = asked.body.clone();
    asked.says(200, "ok");
    body
}

#[tokio::test]
async fn an_upgrade_loses_nothing_that_comes_in_its_middle() {
    let (mut wire, mut peer) = polled(Transport::Upgrade, 200, OPEN).await;
    assert_eq!(several(&mut wire, 2).await, "answered=200 transport=t");
    assert_eq!(posted(&mut peer).await, "40");
    let asked = peer.socket().await;
    assert_eq!(asked.query(), "room=a+b&EIO=4&transport=websocket&sid=t");
    let mut socket = asked.grants(&[]).await;
    assert_eq!(hears(&mut socket).await, "2probe");
    peer.get()
        .await
        .says(200, "40{\"sid\":\"s\"}\u{1e}42[\"early\"]");
    assert_eq!(several(&mut wire, 2).await, "open/ /early[]");
    // The probe is answered while a poll is open, and what is said then goes over polls.
    says(&mut socket, "3probe").await;
    let outgoing = event("/", "asked", &json!([]), None);
    wire.send(outgoing).await.expect("an open wire");
    assert_eq!(posted(&mut peer).await, r#"42["asked"]"#);
    let head = r#"451-["middle",{"_placeholder":true,"num":0}]"#;
    peer.get()
        .await
        .says(200, &format!("{head}\u{1e}bQUI=\u{1e}6"));
    assert_eq!(hears(&mut socket).await, "5");
    says(&mut socket, r#"42["late"]"#).await;
    assert_eq!(
        several(&mut wire, 3).await,
        r#"/middle[{"$binary":"QUI="}] upgraded /late[]"#
    );
    let outgoing = event("/", "over", &json!([]), Some(1));
    wire.send(outgoing).await.expect("an open wire");
    assert_eq!(hears(&mut socket).await, r#"421["over"]"#);
}

#[tokio::test]
async fn where_the_upgrade_fails_polls_go_on() {
    let (mut wire, mut peer) = polled(Transport::Upgrade, 200, OPEN).await;
    assert_eq!(posted(&mut peer).await, "40");
    peer.socket().await.says(403, "no sockets here");
    let expected = "answered=200 transport=t not upgraded: status 403 no sockets here";
    assert_eq!(several(&mut wire, 3).await, expected);
    peer.get().await.says(200, "40{\"sid\":\"s\"}");
    peer.get().await.says(200, "2\u{1e}42[\"a\"]");
    assert_eq!(posted(&mut peer).await, "3");
    assert_eq!(several(&mut wire, 2).await, "open/ /a[]");
}

#[tokio::test]
async fn a_probe_that_is_answered_wrongly_is_no_upgrade() {
    let (mut wire, mut peer) = polled(Transport::Upgrade, 200, OPEN).await;
    let mut socket = peer.socket().await.grants(&[]).await;
    assert_eq!(hears(&mut socket).await, "2probe");
    says(&mut socket, "1").await;
    let expected = "answered=200 transport=t not upgraded: the probe was answered with `1`";
    assert_eq!(several(&mut wire, 3).await, expected);
}

#[tokio::test]
async fn a_stalled_wire_can_be_upgraded_once_it_reads_again() {
    let (mut wire, mut peer) = polled(Transport::Upgrade, 200, OPEN).await;
    assert_eq!(several(&mut wire, 2).await, "answered=200 transport=t");
    wire.stall(true).await.expect("an open wire");
    let mut socket = peer.socket().await.grants(&[]).await;
    assert_eq!(hears(&mut socket).await, "2probe");
    says(&mut socket, "3probe").await;
    peer.get().await.says(200, "6");
    wire.stall(false).await.expect("an open wire");
    assert_eq!(posted(&mut peer).await, "40");
    assert_eq!(hears(&mut socket).await, "5");
    assert_eq!(next(&mut wire).await, "upgraded");
}

#[tokio::test]
async fn binary_travels_over_polls_in_one_body() {
    let (mut wire, mut peer) = polled(Transport::Polling, 200, OPEN).await;
    assert_eq!(posted(&mut peer).await, "40");
    let arguments = json!([{"$binary": "QUI="}, {"$binary": "QQ=="}]);
    let outgoing = event("/", "file", &arguments, None);
    wire.send(outgoing).await.expect("an open wire");
    let placeholders = r#"{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}"#;
    let expected = format!("452-[\"file\",{placeholders}]\u{1e}bQUI=\u{1e}bQQ==");
    assert_eq!(posted(&mut peer).await, expected);
    peer.get()
        .await
        .says(200, "b?\u{1e}bQUI=\u{1e}9\u{1e}42[\"a\"]");
    assert_eq!(
        several(&mut wire, 6).await,
        "answered=200 transport=t (a binary packet: not base64: b?) \
         (a binary frame that no packet announced: $binary:QUI=) (unknown packet type in \"9\": 9) /a[]"
    );
}

#[tokio::test]
async fn a_closed_poll_says_goodbye_in_bodies_of_their_own() {
    let (wire, mut peer) = polled(Transport::Polling, 200, OPEN).await;
    assert_eq!(posted(&mut peer).await, "40");
    let connect = Outgoing::Connect {
        namespace: "/chat".to_owned(),
        auth: Some(json!({"token": 1})),
    };
    wire.send(connect).await.expect("an open wire");
    assert_eq!(posted(&mut peer).await, r#"40/chat,{"token":1}"#);
    let closing = tokio::spawn(async move { wire.close().await });
    assert_eq!(posted(&mut peer).await, "41\u{1e}41/chat,");
    assert_eq!(posted(&mut peer).await, "1");
    peer.get().await.says(400, "gone");
    soon(closing).await.expect("closed");
}

#[tokio::test]
async fn a_poll_or_a_post_that_is_refused_is_said() {
    let (mut wire, mut peer) = polled(Transport::Polling, 200, OPEN).await;
    peer.get()
        .await
        .says(400, r#"{"code":1,"message":"Session ID unknown"}"#);
    let expected = "answered=200 transport=t Server: 400 a poll was answered with status 400 \
                    {\"code\":1,\"message\":\"Session ID unknown\"}";
    assert_eq!(several(&mut wire, 3).await, expected);

    // The server's last packets are read first.
    let (mut wire, mut peer) = polled(Transport::Polling, 200, OPEN).await;
    peer.post().await.says(413, "too large");
    peer.get().await.says(200, r#"42["last"]"#);
    peer.get().await.says(400, "gone");
    let expected = "answered=200 transport=t /last[] Server: 413 a post was answered with status 413 too large";
    assert_eq!(several(&mut wire, 4).await, expected);
}

#[tokio::test]
async fn a_handshake_that_gives_no_session_is_a_refusal() {
    let (mut wire, _peer) = polled(Transport::Upgrade, 404, "no such page").await;
    assert_eq!(several(&mut wire, 2).await, "refused 404 no such page end");
    let (mut wire, _peer) = polled(Transport::Upgrade, 200, "<!doctype html>").await;
    assert_eq!(
        several(&mut wire, 2).await,
        "refused 200 <!doctype html> end"
    );
}

#[tokio::test]
async fn an_older_version_is_called_by_its_name() {
    let words = "the target speaks Engine.IO 3 (Socket.IO 2), and this client speaks Engine.IO 4 (Socket.IO 3 and later)";
    let first = r#"15:0{"sid":"t"}2:40"#;
    let (mut wire, _peer) = polled(Transport::Upgrade, 200, first).await;
    let expected = format!("answered=200 ({words}: {first}) Harness: {words} end");
    assert_eq!(several(&mut wire, 4).await, expected);

    let (mut wire, mut peer) = socket(SocketIo {
        transport: Transport::Websocket,
        ..SocketIo::default()
    })
    .await;
    says(&mut peer, r#"0{"sid":"t"}"#).await;
    says(&mut peer, "40").await;
    let expected = format!("transport=t Harness: {words} end");
    assert_eq!(several(&mut wire, 3).await, expected);
}

#[tokio::test]
async fn a_session_is_recovered_with_what_it_missed() {
    let (mut wire, mut peer) = socket(SocketIo {
        transport: Transport::Websocket,
        auth: Some(json!({"token": "x"})),
        recovery: Some(Recovery {
            pid: "p".to_owned(),
            offset: "7".to_owned(),
        }),
        ..SocketIo::default()
    })
    .await;
    says(&mut peer, r#"0{"sid":"t"}"#).await;
    assert_eq!(
        hears(&mut peer).await,
        r#"40{"pid":"p","offset":"7","token":"x"}"#
    );
    // Socket.IO's own server sends what was missed before it grants.
    says(&mut peer, r#"42["missed","8"]"#).await;
    says(&mut peer, r#"40{"sid":"s","pid":"p"}"#).await;
    assert_eq!(next(&mut wire).await, "transport=t");
    let Some(wires::Incoming::Event(event)) = soon(wire.next()).await else {
        panic!("what was missed comes first");
    };
    assert_eq!((event.name.as_str(), event.offset()), ("missed", Some("8")));
    let Some(wires::Incoming::Opened(opened)) = soon(wire.next()).await else {
        panic!("no grant");
    };
    assert!(opened.is_recovered);
}

#[tokio::test]
async fn message_pack_travels_as_one_frame() {
    let (mut wire, mut peer) = socket(SocketIo {
        transport: Transport::Websocket,
        parser: Parser::MessagePack,
        ..SocketIo::default()
    })
    .await;
    says(&mut peer, r#"0{"sid":"t"}"#).await;
    let hello = soon(peer.next()).await.expect("a frame").expect("a frame");
    assert!(matches!(hello, Message::Binary(_)), "{hello:?}");
    let outgoing = event(
        "/",
        "file",
        &json!([{"$binary": "QUI="}, null, -1]),
        Some(3),
    );
    wire.send(outgoing).await.expect("an open wire");
    let sent = soon(peer.next()).await.expect("a frame").expect("a frame");
    // What a client sends is what a server sends, too.
    peer.send(sent).await.expect("a reader");
    let expected = r#"transport=t /file#3[{"$binary":"QUI="},null,-1]"#;
    assert_eq!(several(&mut wire, 2).await, expected);
}

#[tokio::test]
async fn a_packet_that_ends_it_is_said_and_a_frame_that_is_none_is_not_the_end() {
    for (last, expected) in [("1", "Server: packet `1`"), ("41", "Server: packet `41`")] {
        let (mut wire, mut peer) = socket(SocketIo {
            transport: Transport::Websocket,
            ..SocketIo::default()
        })
        .await;
        says(&mut peer, "no packet").await;
        says(&mut peer, "2").await;
        says(&mut peer, last).await;
        let malformed = "(unknown packet type in \"no packe\": no packet)";
        let expected = format!("{malformed} {expected} end");
        assert_eq!(several(&mut wire, 3).await, expected);
        assert_eq!(hears(&mut peer).await, "3");
        // The transport is closed with a goodbye, although nobody asked for it.
        assert!(matches!(
            soon(peer.next()).await,
            Some(Ok(Message::Close(_)))
        ));
    }
}

#[tokio::test]
async fn a_packet_without_its_attachments_is_said_at_the_end() {
    let (mut wire, mut peer) = socket(SocketIo {
        transport: Transport::Websocket,
        ..SocketIo::default()
    })
    .await;
    says(&mut peer, r#"452-["a"]"#).await;
    let half = Message::Binary(b"AB".to_vec().into());
    peer.send(half).await.expect("a reader");
    peer.close(None).await.expect("a reader");
    assert_eq!(
        several(&mut wire, 2).await,
        "(1 of 2 attachments came, and no more: 452-[\"a\"]\n$binary:QUI=) \
         Server: a close frame without a code"
    );
}

#[tokio::test]
async fn a_goodbye_that_is_answered_is_no_end_by_the_server() {
    let (mut wire, mut peer) = socket(SocketIo {
        transport: Transport::Websocket,
        ..SocketIo::default()
    })
    .await;
    let server = tokio::spawn(async move {
        assert_eq!(hears(&mut peer).await, "41");
        let _ = peer.send(Message::text("41")).await;
        let _ = peer.send(Message::text("1")).await;
        while let Some(Ok(_)) = soon(peer.next()).await {}
    });
    soon(wire.close()).await;
    assert_eq!(next(&mut wire).await, "end");
    server.await.expect("a server");
}

#[tokio::test]
async fn a_raw_frame_is_sent_as_it_stands() {
    let (wire, mut peer) = socket(SocketIo {
        transport: Transport::Websocket,
        ..SocketIo::default()
    })
    .await;
    let frame = Outgoing::Frame(Frame::text("42[\"a\""));
    wire.send(frame).await.expect("an open wire");
    assert_eq!(hears(&mut peer).await, "42[\"a\"");
}

#[tokio::test]
async fn headers_go_with_each_request() {
    let (_wire, mut peer) = polled(Transport::Upgrade, 200, OPEN).await;
    let origin = |asked: &Asked| asked.header("origin").to_owned();
    assert_eq!(origin(&peer.get().await), "http://here");
    assert_eq!(origin(&peer.post().await), "http://here");
    assert_eq!(origin(&peer.socket().await), "http://here");
}
