//! The clients that are processes of their own behind the face of every wire: the official one, and python-socketio.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use wires::frame::Frame;
use wires::{
    Children, Client, Dial, DialError, How, Incoming, Outgoing, Parser, Recovery, Route, SendError,
    SocketIo, Transport, Wire, connect,
};

use crate::dials::{children, dial, dialled, direct, event, next, several};
use crate::library::server;
use crate::peer::{Peer, Socket, soon};

const OPEN: &str = r#"0{"sid":"t","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#;

/// Those of them that are installed. In CI both have to be.
pub(crate) async fn clients() -> Vec<Client> {
    let mut there = Vec::new();
    for client in [Client::JavaScript, Client::Python] {
        match children().version(client).await {
            Ok(version) => {
                let version = version.expect("a version");
                assert!(version.starts_with(client.library()), "{version}");
                there.push(client);
            }
            Err(missing) => {
                let is_ci = std::env::var_os("AIRTIGHT_CI").is_some();
                assert!(!is_ci, "undecided: {missing}");
                eprintln!("undecided: {missing}; fix: make setup");
            }
        }
    }
    there
}

pub(crate) fn by(client: Client, transport: Transport) -> SocketIo {
    SocketIo {
        transport,
        client,
        ..SocketIo::default()
    }
}

/// A wire over a WebSocket, its peer's end, and the peer. The namespace was asked for with this packet.
async fn asked(how: SocketIo, hello: &str) -> (Wire, Socket, Peer) {
    let mut peer = Peer::listen().await;
    let url = peer.url.clone();
    let client = how.client;
    let dialling = async move { dial(&url, How::SocketIo(how)).await };
    let answering = async {
        let asked = peer.socket().await;
        assert_eq!(asked.header("origin"), "http://here");
        let query: Vec<&str> = asked.query().split('&').collect();
        for part in ["EIO=4", "transport=websocket"] {
            assert!(query.contains(&part), "{query:?}");
        }
        // It is this client that asks, and no other.
        match client {
            Client::Python => {
                assert!(asked.header("user-agent").contains("aiohttp"));
                assert!(query.contains(&"room=a+b"), "{query:?}");
            }
            _ => {
                let offers = asked.header("sec-websocket-extensions");
                assert!(offers.contains("permessage-deflate"), "{offers}");
                assert!(query.contains(&"room=a%20b"), "{query:?}");
            }
        }
        let mut socket = asked.grants(&[]).await;
        says(&mut socket, OPEN).await;
        assert_eq!(hears(&mut socket).await, hello);
        socket
    };
    let (wire, socket) = tokio::join!(dialling, answering);
    (wire, socket, peer)
}

/// What it asks for a namespace with.
fn hello(client: Client, namespace: &str) -> String {
    let namespace = match namespace {
        "/" => String::new(),
        namespace => format!("{namespace},"),
    };
    let nothing = if client == Client::Python { "{}" } else { "" };
    format!("40{namespace}{nothing}")
}

/// The same, granted.
async fn open(client: Client) -> (Wire, Socket, Peer) {
    let hello = hello(client, "/");
    let (mut wire, mut socket, peer) = asked(by(client, Transport::Websocket), &hello).await;
    says(&mut socket, r#"40{"sid":"s"}"#).await;
    assert_eq!(next(&mut wire).await, "open/");
    (wire, socket, peer)
}

async fn hears(socket: &mut Socket) -> String {
    let message = soon(socket.next()).await;
    let message = message.expect("a frame").expect("a frame");
    message.into_text().expect("a text").to_string()
}

async fn says(socket: &mut Socket, text: &str) {
    socket.send(Message::text(text)).await.expect("a reader");
}

#[tokio::test]
async fn every_transport_carries_a_namespace_answers_and_bytes() {
    let url = server().await;
    for client in clients().await {
        for transport in [Transport::Websocket, Transport::Polling, Transport::Upgrade] {
            for namespace in ["/", "/chat"] {
                let how = SocketIo {
                    namespace: namespace.to_owned(),
                    ..by(client, transport)
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
                let mut said: Vec<String> = Vec::new();
                for _ in 7..10 {
                    said.push(next(&mut wire).await);
                }
                // The server answers each in a task of its own.
                said.sort();
                let answer = |id| format!(r#"{namespace}#{id}[{{"a":{id}}}]"#);
                assert_eq!(said, [7, 8, 9].map(answer), "{client:?} {transport:?}");
                let bytes = event(namespace, "bytes", &json!([{"$binary": "AAEC/w=="}]), None);
                wire.send(bytes).await.expect("an open wire");
                let expected = format!(r#"{namespace}bytes[{{"$binary":"AAEC/w=="}}]"#);
                assert_eq!(next(&mut wire).await, expected, "{client:?} {transport:?}");
                let leave = event(namespace, "leave", &json!([null]), None);
                wire.send(leave).await.expect("an open wire");
                let packet = if namespace == "/" { "41" } else { "41/chat," };
                let closed = format!("Server: packet `{packet}` end");
                assert_eq!(several(&mut wire, 2).await, closed, "{client:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_they_show_is_put_together_as_it_stood() {
    for client in clients().await {
        let how = SocketIo {
            auth: Some(json!({"token": 1})),
            namespace: "/chat".to_owned(),
            ..by(client, Transport::Websocket)
        };
        let hello = match client {
            Client::Python => r#"40/chat,{"token": 1}"#,
            _ => r#"40/chat,{"token":1}"#,
        };
        let (mut wire, mut socket, _peer) = asked(how, &hello.replace(": ", ":")).await;
        says(&mut socket, r#"40/chat,{"sid":"s"}"#).await;
        says(&mut socket, r#"42/chat,["said",{"a":1},2]"#).await;
        let Some(Incoming::Opened(opened)) = soon(wire.next()).await else {
            panic!("no grant")
        };
        let raw = r#"40/chat,{"sid":"s"}"#;
        assert_eq!((opened.sid.as_str(), opened.raw.as_str()), ("s", raw));
        let Some(Incoming::Event(said)) = soon(wire.next()).await else {
            panic!("no event")
        };
        assert_eq!(said.raw, r#"42/chat,["said",{"a":1},2]"#);
        for word in ["error", "message", "open"] {
            says(&mut socket, &format!(r#"42/chat,["{word}",1]"#)).await;
            assert_eq!(next(&mut wire).await, format!("/chat{word}[1]"));
        }
        // Half of a pair is no text for us.
        says(&mut socket, r#"42/chat,["half","\ud800"]"#).await;
        let half = next(&mut wire).await;
        assert!(half.starts_with('(') && half.contains("half"), "{half}");
    }
}

#[tokio::test]
async fn an_event_that_asks_is_acknowledged() {
    for client in clients().await {
        let (mut wire, mut socket, _peer) = open(client).await;
        says(&mut socket, r#"427["ask",1]"#).await;
        let Some(Incoming::Event(asked)) = soon(wire.next()).await else {
            panic!("no event")
        };
        let answer = Outgoing::Ack {
            namespace: "/".to_owned(),
            id: asked.id.unwrap_or_default(),
            arguments: vec![json!("yes")],
        };
        let answered = wire.send(answer).await;
        if client == Client::Python {
            assert_eq!(asked.id, None);
            assert!(matches!(answered, Err(SendError::NotOffered(_))));
            assert_eq!(hears(&mut socket).await, "437[]");
        } else {
            assert_eq!(answered, Ok(()));
            assert_eq!(hears(&mut socket).await, r#"437["yes"]"#);
        }
    }
}

#[tokio::test]
async fn a_namespace_that_is_refused_says_so_in_the_servers_words() {
    for client in clients().await {
        let how = by(client, Transport::Websocket);
        let (mut wire, mut socket, _peer) = asked(how, &hello(client, "/")).await;
        says(&mut socket, r#"44{"message":"log in","data":{"a":1}}"#).await;
        assert_eq!(
            several(&mut wire, 2).await,
            r#"refused/{"message":"log in","data":{"a":1}} end"#
        );
    }
}

#[tokio::test]
async fn a_handshake_that_is_refused_says_so_over_each_transport() {
    for client in clients().await {
        for transport in [Transport::Websocket, Transport::Polling, Transport::Upgrade] {
            for body in [r#"{"message":"log in"}"#, "log in", ""] {
                let mut peer = Peer::listen().await;
                let url = peer.url.clone();
                let how = How::SocketIo(by(client, transport));
                let refusing = tokio::spawn(async move {
                    loop {
                        let asked = match transport {
                            Transport::Websocket => peer.socket().await,
                            _ => peer.get().await,
                        };
                        asked.says(403, body);
                    }
                });
                let mut wire = dial(&url, how).await;
                refusing.abort();
                let said = several(&mut wire, 2).await;
                assert_eq!(
                    said,
                    format!("refused 403 {body} end"),
                    "{client:?} {transport:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn nobody_there_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let nobody = format!("http://{address}/socket.io/");
    let nobody = nobody.parse().expect("a URL");
    for client in clients().await {
        for transport in [Transport::Websocket, Transport::Polling] {
            let dialled = dialled(&nobody, How::SocketIo(by(client, transport))).await;
            assert!(
                matches!(&dialled, Err(DialError::NoConnection(why)) if !why.is_empty()),
                "{dialled:?}"
            );
        }
    }
}

#[tokio::test]
async fn an_end_by_the_server_is_said_and_nothing_connects_again() {
    for client in clients().await {
        let away = CloseFrame {
            code: CloseCode::Away,
            reason: "bye".into(),
        };
        let (bare, bye) = match client {
            // It shows no reason, and takes a close frame without a code for a connection that broke.
            Client::Python => ("Nobody: ", "Server: 1001 a close frame end"),
            _ => (
                "Server: a close frame without a code end",
                "Server: 1001 bye end",
            ),
        };
        for (last, expected) in [
            (Message::text("41"), "Server: packet `41` end"),
            (Message::Close(None), bare),
            (Message::Close(Some(away)), bye),
            (Message::text("42no packet"), "Nobody: "),
        ] {
            let (mut wire, mut socket, mut peer) = open(client).await;
            says(&mut socket, r#"42["last",1]"#).await;
            // The official client drops an event that still waits when a broken packet comes.
            assert_eq!(next(&mut wire).await, "/last[1]");
            socket.send(last).await.expect("a reader");
            drop(socket);
            let said = several(&mut wire, 2).await;
            assert!(said.starts_with(expected), "{client:?}: {said}");
            let again = timeout(Duration::from_millis(200), peer.socket()).await;
            assert!(again.is_err(), "it connects again");
        }
    }
}

#[tokio::test]
async fn a_refused_upgrade_is_not_what_ends_a_connection_later() {
    const UPGRADABLE: &str =
        r#"0{"sid":"t","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}"#;
    for client in clients().await {
        let mut peer = Peer::listen().await;
        let url = peer.url.clone();
        let dialling = async { dial(&url, How::SocketIo(by(client, Transport::Upgrade))).await };
        let answering = async {
            peer.get().await.says(200, UPGRADABLE);
            peer.socket().await.says(403, "no upgrade here");
        };
        let (mut wire, ()) = tokio::join!(dialling, answering);
        let asked = peer.post().await;
        assert_eq!(asked.body, hello(client, "/"));
        asked.says(200, "ok");
        peer.get().await.says(200, r#"40{"sid":"s"}"#);
        assert_eq!(next(&mut wire).await, "open/");
        peer.get().await.says(200, "1");
        let closed = next(&mut wire).await;
        assert!(closed.starts_with("Nobody: "), "{client:?}: {closed}");
    }
}

#[tokio::test]
async fn a_close_says_goodbye_after_what_was_sent_and_so_does_a_wire_that_is_dropped() {
    for client in clients().await {
        // python-socketio closes the transport over the packet that says goodbye: this is the close frame.
        let goodbye = if client == Client::Python { "" } else { "41" };
        let (wire, mut socket, _peer) = open(client).await;
        for _ in 0..3 {
            let said = event("/", "said", &json!([1]), None);
            wire.send(said).await.expect("an open wire");
        }
        let hearing = async {
            for _ in 0..3 {
                assert_eq!(hears(&mut socket).await, r#"42["said",1]"#);
            }
            assert_eq!(hears(&mut socket).await, goodbye);
        };
        tokio::join!(hearing, soon(wire.close()));

        let (wire, mut socket, _peer) = open(client).await;
        drop(wire);
        assert_eq!(hears(&mut socket).await, goodbye);
    }
}

#[tokio::test]
async fn what_they_cannot_do_is_said() {
    for client in clients().await {
        let (mut wire, mut socket, _peer) = open(client).await;
        let chat = || "/chat".to_owned();
        let cannot = |what| Err(client.cannot(what).into());
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
            (Outgoing::Frame(Frame::text("2")), "send a frame"),
        ] {
            assert_eq!(wire.send(outgoing).await, cannot(what));
        }
        let kept = wire.send(event("/", "connect", &json!([]), None)).await;
        if client == Client::JavaScript {
            assert_eq!(
                kept,
                cannot("send an event of a name that it keeps for its own")
            );
        } else {
            assert_eq!(kept, Ok(()));
            assert_eq!(hears(&mut socket).await, r#"42["connect"]"#);
        }
        let cut = "let its connection die without a goodbye";
        assert_eq!(wire.cut().await, cannot(cut));
        assert_eq!(wire.stall(true).await, cannot("stop reading"));
        // It goes on.
        says(&mut socket, r#"42["said",1]"#).await;
        assert_eq!(next(&mut wire).await, "/said[1]");
    }
}

#[tokio::test]
async fn a_dial_that_they_cannot_make_is_no_answer_of_the_server() {
    let recovery = Recovery {
        pid: "p".to_owned(),
        offset: String::new(),
    };
    let both = &[Client::JavaScript, Client::Python][..];
    let (javascript, python) = (&both[..1], &both[1..]);
    let usual = SocketIo::default();
    let msgpack = SocketIo {
        parser: Parser::MessagePack,
        ..usual.clone()
    };
    let recovering = SocketIo {
        recovery: Some(recovery),
        ..usual.clone()
    };
    let elsewhere = "connect to another address than the URL's";
    for (clients, how, path, n_headers, is_direct, what) in [
        (both, &msgpack, "/s/", 1, true, "speak MessagePack"),
        (both, &recovering, "/s/", 1, true, "recover a session"),
        (both, &usual, "/s/", 1, false, elsewhere),
        (
            javascript,
            &usual,
            "/s/",
            2,
            true,
            "send two headers of one name",
        ),
        (
            javascript,
            &usual,
            "/s/?a=1&a=2",
            1,
            true,
            "send two parts of a query of one name",
        ),
        (python, &usual, "/", 1, true, "connect to this path"),
        (python, &usual, "/s", 1, true, "connect to this path"),
    ] {
        for client in clients {
            let headers = [("x-a", "1"), ("X-A", "2")].into_iter().take(n_headers);
            let dial = Dial {
                url: format!("http://127.0.0.1:9{path}").parse().expect("a URL"),
                headers: headers
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
                query: Vec::new(),
                how: How::SocketIo(SocketIo {
                    client: *client,
                    ..how.clone()
                }),
            };
            let route = Route {
                http: reqwest::Client::new(),
                sockets: reqwest::Client::new(),
                direct: is_direct.then(direct),
                children: children(),
            };
            let error = connect(&dial, &route)
                .await
                .expect_err("nothing to connect to");
            let library = client.library();
            assert_eq!(error.to_string(), format!("`{library}` cannot {what}"));
        }
    }
}

#[tokio::test]
async fn a_client_that_is_not_installed_is_named_with_what_installs_it() {
    let nowhere = || "/nonexistent".into();
    let none = Children::with(vec![
        ("NODE_PATH", nowhere()),
        ("PYTHONPATH", nowhere()),
        ("PYTHONNOUSERSITE", "1".into()),
    ]);
    let missing = none.version(Client::JavaScript).await.expect_err("none");
    let words = missing.to_string();
    assert!(
        words.starts_with("`socket.io-client` is not there: "),
        "{words}"
    );
    assert!(missing.fix().contains("npm install"), "{}", missing.fix());
    let programs = Children::with(vec![("PATH", nowhere())]);
    for client in [Client::JavaScript, Client::Python] {
        let missing = programs.version(client).await.expect_err("none");
        assert!(missing.why.starts_with("there is no `"), "{missing}");
    }
}
