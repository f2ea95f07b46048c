//! `rust_socketio` behind the face of every wire.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::task::yield_now;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use wires::frame::Frame;
use wires::{
    Client, Dial, DialError, How, Incoming, Outgoing, Parser, Recovery, Route, SendError, SocketIo,
    Transport, Wire, connect,
};

use crate::dials::{children, dial, dialled, direct, event, next, several};
use crate::library::server;
use crate::peer::{Peer, Socket, soon};

const OPEN: &str = r#"0{"sid":"t","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#;

fn second(transport: Transport) -> SocketIo {
    SocketIo {
        transport,
        client: Client::RustSocketio,
        ..SocketIo::default()
    }
}

/// A wire over a WebSocket, its peer's end, and the peer. The namespace was asked for with this packet.
async fn asked(how: SocketIo, hello: &str) -> (Wire, Socket, Peer) {
    let mut peer = Peer::listen().await;
    let url = peer.url.clone();
    let dialling = tokio::spawn(async move { dial(&url, How::SocketIo(how)).await });
    let asked = peer.socket().await;
    assert_eq!(asked.header("origin"), "http://here");
    assert_eq!(asked.query(), "room=a+b&EIO=4&transport=websocket");
    let mut socket = asked.grants(&[]).await;
    says(&mut socket, OPEN).await;
    assert_eq!(hears(&mut socket).await, "3");
    assert_eq!(hears(&mut socket).await, hello);
    (dialling.await.expect("a wire"), socket, peer)
}

/// The same, granted.
async fn open() -> (Wire, Socket, Peer) {
    let (mut wire, mut socket, peer) = asked(second(Transport::Websocket), "40").await;
    says(&mut socket, r#"40{"sid":"s"}"#).await;
    assert_eq!(next(&mut wire).await, "open/");
    (wire, socket, peer)
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

/// The number by which the library asks for an answer in this packet.
fn number(packet: &str, rest: &str) -> String {
    let number = packet
        .strip_prefix("42")
        .and_then(|packet| packet.strip_suffix(rest));
    number.expect("an event that asks").to_owned()
}

#[tokio::test]
async fn every_transport_carries_a_namespace_and_answers() {
    let url = server().await;
    for transport in [Transport::Websocket, Transport::Polling, Transport::Upgrade] {
        for namespace in ["/", "/chat"] {
            let how = SocketIo {
                namespace: namespace.to_owned(),
                ..second(transport)
            };
            let mut wire = dial(&url, How::SocketIo(how)).await;
            let said = several(&mut wire, 2).await;
            assert_eq!(
                said,
                format!(r#"open{namespace} {namespace}hello["{namespace}"]"#)
            );
            for id in 7..10 {
                let echo = event(namespace, "echo", &json!([{ "a": id }]), Some(id));
                wire.send(echo).await.expect("an open wire");
            }
            let said = several(&mut wire, 3).await;
            let answer = |id| format!(r#"{namespace}#{id}[{{"a":{id}}}]"#);
            assert_eq!(said, [7, 8, 9].map(answer).join(" "));
            let leave = event(namespace, "leave", &json!([null]), None);
            wire.send(leave).await.expect("an open wire");
            let packet = if namespace == "/" { "41" } else { "41/chat," };
            let closed = format!("Server: packet `{packet}` end");
            assert_eq!(several(&mut wire, 2).await, closed);
        }
    }
}

#[tokio::test]
async fn what_it_shows_is_put_together_as_it_stood() {
    let how = SocketIo {
        auth: Some(json!({"token": 1})),
        namespace: "/chat".to_owned(),
        ..second(Transport::Websocket)
    };
    let (mut wire, mut socket, _peer) = asked(how, r#"40/chat,{"token":1}"#).await;
    says(&mut socket, r#"40/chat,{"sid":"s"}"#).await;
    says(&mut socket, r#"42/chat,["said",{"a":1},2]"#).await;
    let Some(Incoming::Opened(opened)) = soon(wire.next()).await else {
        panic!("no grant")
    };
    assert_eq!((opened.sid.as_str(), opened.raw.as_str()), ("", "40/chat,"));
    let Some(Incoming::Event(said)) = soon(wire.next()).await else {
        panic!("no event")
    };
    assert_eq!(said.raw, r#"42/chat,["said",{"a":1},2]"#);
    let ask = event("/chat", "ask", &json!([]), Some(12));
    wire.send(ask).await.expect("an open wire");
    let number = number(
        &hears(&mut socket).await.replace("/chat,", ""),
        r#"["ask"]"#,
    );
    says(&mut socket, &format!(r#"43/chat,{number}["yes"]"#)).await;
    let Some(Incoming::Ack { id, raw, .. }) = soon(wire.next()).await else {
        panic!("no answer")
    };
    assert_eq!((id, raw.as_str()), (12, r#"43/chat,12["yes"]"#));
    says(
        &mut socket,
        r#"451-/chat,["file",{"_placeholder":true,"num":0}]"#,
    )
    .await;
    let bytes = Message::Binary(b"AB".to_vec().into());
    socket.send(bytes).await.expect("a reader");
    assert_eq!(next(&mut wire).await, r#"/chatfile[{"$binary":"QUI="}]"#);
}

#[tokio::test]
async fn one_answer_is_waited_for_at_a_time_and_in_its_order() {
    let (mut wire, mut socket, _peer) = open().await;
    for (name, id) in [("first", Some(1)), ("plain", None), ("second", Some(2))] {
        wire.send(event("/", name, &json!([]), id))
            .await
            .expect("an open wire");
    }
    let first = number(&hears(&mut socket).await, r#"["first"]"#);
    assert_eq!(hears(&mut socket).await, r#"42["plain"]"#);
    let early = timeout(Duration::from_millis(100), socket.next()).await;
    assert!(early.is_err(), "{early:?}");
    says(&mut socket, r#"42["before",1]"#).await;
    says(&mut socket, &format!("43{first}[]")).await;
    says(&mut socket, r#"42["after",1]"#).await;
    let second = number(&hears(&mut socket).await, r#"["second"]"#);
    says(&mut socket, &format!("43{second}[2]")).await;
    let said = several(&mut wire, 4).await;
    assert_eq!(said, "/before[1] /#1[] /after[1] /#2[2]");
}

#[tokio::test]
async fn a_servers_event_is_not_taken_for_the_life_cycle() {
    let (mut wire, mut socket, _peer) = open().await;
    says(&mut socket, r#"42["error","no such room"]"#).await;
    says(&mut socket, r#"42["error",{"message":"no"}]"#).await;
    says(&mut socket, r#"42["close",1]"#).await;
    says(&mut socket, r#"42["open",{"id":1}]"#).await;
    says(&mut socket, r#"42["message","hi"]"#).await;
    assert_eq!(
        several(&mut wire, 5).await,
        r#"/error["no such room"] /error[{"message":"no"}] /close[1] /open[{"id":1}] /message["hi"]"#
    );
    // Nor is one that is sent.
    for name in ["open", "Error"] {
        wire.send(event("/", name, &json!([1]), None))
            .await
            .expect("an open wire");
        assert_eq!(hears(&mut socket).await, format!(r#"42["{name}",1]"#));
    }
}

#[tokio::test]
async fn a_namespace_that_is_refused_says_so_in_the_servers_words() {
    let (mut wire, mut socket, _peer) = asked(second(Transport::Websocket), "40").await;
    says(&mut socket, r#"44{"message":"log in"}"#).await;
    assert_eq!(
        several(&mut wire, 2).await,
        r#"refused/{"message":"log in"} end"#
    );
    let late = wire.send(event("/", "late", &json!([]), None)).await;
    assert_eq!(late, Err(SendError::Closed));
}

#[tokio::test]
async fn a_handshake_that_is_refused_says_so_over_each_transport() {
    let mut peer = Peer::listen().await;
    let url = peer.url.clone();
    let how = How::SocketIo(second(Transport::Websocket));
    let dialling = tokio::spawn(async move { dial(&url, how).await });
    peer.socket().await.says(401, "log in");
    let mut wire = dialling.await.expect("a wire");
    let said = several(&mut wire, 2).await;
    assert!(
        said.starts_with("refused 401 ") && said.ends_with(" end"),
        "{said}"
    );

    // The library shows the body as a broken packet, and without a body it asks again and again.
    for body in [r#"{"message":"log in"}"#, ""] {
        let mut peer = Peer::listen().await;
        let url = peer.url.clone();
        let how = How::SocketIo(second(Transport::Polling));
        let dialling = tokio::spawn(async move { dial(&url, how).await });
        let refusing = tokio::spawn(async move {
            loop {
                peer.get().await.says(403, body);
            }
        });
        let mut wire = dialling.await.expect("a wire");
        refusing.abort();
        let said = several(&mut wire, 2).await;
        assert_eq!(said, format!("refused 403 {body} end"));
    }
}

#[tokio::test]
async fn nobody_there_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let nobody = format!("http://{address}/socket.io/");
    let nobody = nobody.parse().expect("a URL");
    for transport in [Transport::Websocket, Transport::Polling] {
        let dialled = dialled(&nobody, How::SocketIo(second(transport))).await;
        assert!(
            matches!(&dialled, Err(DialError::NoConnection(why)) if !why.is_empty()),
            "{dialled:?}"
        );
    }
}

#[tokio::test]
async fn an_end_by_the_server_is_said_and_nothing_connects_again() {
    let unshown = "the connection ended, and `rust_socketio` does not show how";
    for (last, expected) in [
        (Message::text("41"), "Server: packet `41` end".to_owned()),
        (Message::Close(None), format!("Nobody: {unshown} end")),
        (
            Message::text("no packet"),
            "Nobody: `rust_socketio` says: EngineIO Error end".to_owned(),
        ),
    ] {
        let (mut wire, mut socket, mut peer) = open().await;
        says(&mut socket, r#"42["last",1]"#).await;
        socket.send(last).await.expect("a reader");
        drop(socket);
        assert_eq!(next(&mut wire).await, "/last[1]");
        assert_eq!(several(&mut wire, 2).await, expected);
        drop(wire);
        let again = timeout(Duration::from_millis(200), peer.socket()).await;
        assert!(again.is_err(), "it connects again");
    }
}

#[tokio::test]
async fn nothing_of_the_library_outlives_its_wire() {
    let tasks = || Handle::current().metrics().num_alive_tasks();
    for is_closed_first in [false, true] {
        let before = tasks();
        let (mut wire, mut socket, _peer) = open().await;
        assert!(tasks() > before + 1);
        if is_closed_first {
            socket.close(None).await.expect("a reader");
            drop(socket);
            assert!(next(&mut wire).await.starts_with("Nobody: "));
            drop(wire);
        } else {
            drop(wire);
            assert_eq!(hears(&mut socket).await, "41");
            assert_eq!(hears(&mut socket).await, "1");
            drop(socket);
        }
        // The peer goes on listening.
        let ended = async {
            while tasks() > before + 1 {
                yield_now().await;
            }
        };
        soon(ended).await;
    }
}

#[tokio::test]
async fn a_close_says_goodbye_after_what_was_sent_and_so_does_a_wire_that_is_dropped() {
    let (wire, mut socket, _peer) = open().await;
    for _ in 0..3 {
        wire.send(event("/", "said", &json!([1]), None))
            .await
            .expect("an open wire");
    }
    soon(wire.close()).await;
    for _ in 0..3 {
        assert_eq!(hears(&mut socket).await, r#"42["said",1]"#);
    }
    assert_eq!(hears(&mut socket).await, "41");
    assert_eq!(hears(&mut socket).await, "1");

    let (wire, mut socket, _peer) = open().await;
    drop(wire);
    assert_eq!(hears(&mut socket).await, "41");
    assert_eq!(hears(&mut socket).await, "1");
}

#[tokio::test]
async fn a_flood_waits_in_the_network_while_nobody_listens() {
    let (mut wire, mut socket, _peer) = open().await;
    let mebibyte = format!(r#"42["flood","{}"]"#, "x".repeat(1 << 20));
    let mut n_sent = 0;
    while timeout(
        Duration::from_secs(1),
        socket.send(Message::text(mebibyte.clone())),
    )
    .await
    .is_ok()
    {
        n_sent += 1;
        // The bound, the events in the channel, and what the buffers of two systems hold.
        assert!(n_sent < 64 + 16 + 64, "nothing waits");
    }
    for _ in 0..n_sent {
        assert!(next(&mut wire).await.starts_with("/flood["));
    }
}

#[tokio::test]
async fn what_it_cannot_do_is_said() {
    let (mut wire, mut socket, _peer) = open().await;
    let chat = || "/chat".to_owned();
    let cannot = |what| Err(Client::RustSocketio.cannot(what).into());
    let second_namespace = "speak to a second namespace over one connection";
    for (outgoing, what) in [
        (
            Outgoing::Connect {
                namespace: chat(),
                auth: None,
            },
            second_namespace,
        ),
        (event("/chat", "a", &json!([]), None), second_namespace),
        (
            Outgoing::Leave { namespace: chat() },
            "leave its namespace and stay connected",
        ),
        (
            Outgoing::Ack {
                namespace: "/".to_owned(),
                id: 1,
                arguments: Vec::new(),
            },
            "acknowledge an event",
        ),
        (Outgoing::Frame(Frame::text("2")), "send a frame"),
        (
            event("/", "a", &json!([{"b": {"$binary": "QUI="}}]), None),
            "send binary data as it is",
        ),
    ] {
        assert_eq!(wire.send(outgoing).await, cannot(what));
    }
    let cut = "let its connection die without a goodbye";
    assert_eq!(wire.cut().await, cannot(cut));
    assert_eq!(wire.stall(true).await, cannot("stop reading"));
    // It goes on.
    says(&mut socket, r#"42["said",1]"#).await;
    assert_eq!(next(&mut wire).await, "/said[1]");
}

#[tokio::test]
async fn a_dial_that_it_cannot_make_is_no_answer_of_the_server() {
    let recovery = Recovery {
        pid: "p".to_owned(),
        offset: String::new(),
    };
    let usual = || second(Transport::Websocket);
    let twice = [("x-a", "1"), ("X-A", "2")];
    for (how, path, headers, is_direct, what) in [
        (
            SocketIo {
                parser: Parser::MessagePack,
                ..usual()
            },
            "/s/",
            &twice[..1],
            true,
            "speak MessagePack",
        ),
        (
            SocketIo {
                recovery: Some(recovery),
                ..usual()
            },
            "/s/",
            &twice[..1],
            true,
            "recover a session",
        ),
        (
            usual(),
            "/s/",
            &twice[..1],
            false,
            "connect to another address than the URL's",
        ),
        (usual(), "/", &twice[..1], true, "connect to the path `/`"),
        (
            usual(),
            "/s/",
            &twice[..],
            true,
            "send two headers of one name",
        ),
    ] {
        let headers = headers.iter();
        let dial = Dial {
            url: format!("http://127.0.0.1:9{path}").parse().expect("a URL"),
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            query: Vec::new(),
            how: How::SocketIo(how),
        };
        let route = Route {
            http: reqwest::Client::new(),
            sockets: reqwest::Client::new(),
            direct: is_direct.then(direct),
            children: children(),
        };
        let dialled = connect(&dial, &route).await;
        let error = dialled.expect_err("nothing to connect to");
        assert_eq!(error.to_string(), format!("`rust_socketio` cannot {what}"));
    }
}
