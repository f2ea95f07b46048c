//! Socket.IO against a server that nobody here wrote: socketioxide.

use axum::Router;
use axum::body::Bytes;
use serde_json::{Value, json};
use socketioxide::SocketIo as Server;
use socketioxide::extract::{AckSender, Data, SocketRef, TryData};
use tokio::net::TcpListener;
use url::Url;
use wires::{Outgoing, Transport};

use crate::dials::{dial, event, next, several, socket_io};
use crate::peer::soon;

/// A server with an echo in `/` and `/chat`, and `/closed`, which it refuses.
pub(crate) async fn server() -> Url {
    let (layer, io) = Server::new_layer();
    let on_connect = async |socket: SocketRef| {
        socket.on(
            "echo",
            async |TryData(data): TryData<Value>, ack: AckSender| {
                let _ = ack.send(&data.unwrap_or_default());
            },
        );
        socket.on(
            "bytes",
            async |socket: SocketRef, Data(bytes): Data<Bytes>| {
                let _ = socket.emit("bytes", &bytes);
            },
        );
        socket.on("leave", async |socket: SocketRef| {
            let _ = socket.disconnect();
        });
        let _ = socket.emit("hello", socket.ns());
    };
    io.ns("/", on_connect);
    io.ns("/chat", on_connect);
    let app = Router::new().layer(layer);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}/socket.io/")
        .parse()
        .expect("a URL")
}

#[tokio::test]
async fn both_transports_carry_namespaces_acknowledgements_and_bytes() {
    let url = server().await;
    for transport in [Transport::Websocket, Transport::Polling] {
        let mut wire = dial(&url, socket_io(transport)).await;
        let said = several(&mut wire, 4).await;
        assert!(said.ends_with(r#" open/ /hello["/"]"#), "{said}");
        let connect = Outgoing::Connect {
            namespace: "/chat".to_owned(),
            auth: None,
        };
        wire.send(connect).await.expect("an open wire");
        assert_eq!(
            several(&mut wire, 2).await,
            r#"open/chat /chathello["/chat"]"#
        );
        let echo = event("/chat", "echo", &json!([{"a": 1}]), Some(1));
        wire.send(echo).await.expect("an open wire");
        assert_eq!(next(&mut wire).await, r#"/chat#1[{"a":1}]"#);
        let bytes = event("/", "bytes", &json!([{"$binary": "AAEC/w=="}]), None);
        wire.send(bytes).await.expect("an open wire");
        assert_eq!(next(&mut wire).await, r#"/bytes[{"$binary":"AAEC/w=="}]"#);
        let leave = event("/", "leave", &json!([]), None);
        wire.send(leave).await.expect("an open wire");
        assert_eq!(next(&mut wire).await, "left/");
        soon(wire.close()).await;
        assert_eq!(next(&mut wire).await, "end");
    }
}

#[tokio::test]
async fn an_upgrade_loses_no_answer() {
    let url = server().await;
    let mut wire = dial(&url, socket_io(Transport::Upgrade)).await;
    let mut said = vec![next(&mut wire).await];
    while !said.contains(&"open/".to_owned()) {
        said.push(next(&mut wire).await);
    }
    for id in 1..=200 {
        let echo = event("/", "echo", &json!([id]), Some(id));
        wire.send(echo).await.expect("an open wire");
    }
    while said.iter().filter(|said| said.starts_with("/#")).count() < 200
        || !said.contains(&"upgraded".to_owned())
    {
        said.push(next(&mut wire).await);
    }
    let mut answers: Vec<_> = said.iter().filter(|said| said.starts_with("/#")).collect();
    answers.sort_unstable();
    answers.dedup();
    assert_eq!(answers.len(), 200);
}

#[tokio::test]
async fn a_namespace_that_does_not_exist_is_refused_and_the_other_stays() {
    let url = server().await;
    let mut wire = dial(&url, socket_io(Transport::Websocket)).await;
    several(&mut wire, 4).await;
    let connect = Outgoing::Connect {
        namespace: "/none".to_owned(),
        auth: None,
    };
    wire.send(connect).await.expect("an open wire");
    let said = next(&mut wire).await;
    assert!(said.starts_with("refused/none{"), "{said}");
    let echo = event("/", "echo", &json!([7]), Some(1));
    wire.send(echo).await.expect("an open wire");
    assert_eq!(next(&mut wire).await, "/#1[7]");
}
