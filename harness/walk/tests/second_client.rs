//! The same steps over `rust_socketio`, and targets that it cannot speak to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::Router;
use native_tls::TlsConnector;
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef};
use targets::file::socket::Transport;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use url::Url;
use walk::{
    Answer, Browser, Client, Direct, OpenWay, Sight, Site, Tab, WalkError, Way, Whereabouts,
    Witness,
};

const TARGET: &str = r#"
target: a small chat
login: none
open:
  - {connect: {auth: {name: "{user}"}}}
  - {await: {event: hello, /name: "{user}"}}
socket: {protocol: socket.io, every: {50ms: {emit: [alive, "{new number}"]}}}
actions:
  say:
    do: {emit: [say, {text: "{marker}"}], granted: {ack: {/ok: true}}}
    yields: {said: {to: tab, count: 1}}
"#;

#[derive(Debug, Default)]
struct Seen(Mutex<Vec<String>>, Notify);

impl Witness for Seen {
    fn see(&self, _: &Whereabouts, sight: &Sight<'_>) {
        if let Sight::Heard { raw, .. } = sight {
            self.0.lock().expect("unpoisoned").push((*raw).to_owned());
            self.1.notify_one();
        }
    }
}

async fn server() -> Url {
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", async |socket: SocketRef, Data(auth): Data<Value>| {
        socket.on(
            "say",
            async |socket: SocketRef, Data(said): Data<Value>, ack: AckSender| {
                let _ = socket.emit("said", &said);
                let _ = ack.send(&json!({ "ok": true }));
            },
        );
        let _ = socket.emit("hello", &auth);
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = Router::new().layer(layer);
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}/").parse().expect("a URL")
}

/// Reading the authorities takes long.
fn way() -> Way {
    static TLS: OnceLock<TlsConnector> = OnceLock::new();
    let tls = TLS.get_or_init(|| TlsConnector::new().expect("authorities"));
    Way::from(Box::new(reqwest::Client::builder)).or_direct(Direct {
        tls: tls.clone(),
        trust: None,
    })
}

fn by_library(transport: Transport) -> OpenWay {
    OpenWay {
        transport: Some(transport),
        client: Client::RustSocketio,
        ..OpenWay::default()
    }
}

async fn opened(
    base: &Url,
    file: &str,
    way: Way,
    seen: &Arc<Seen>,
    transport: Transport,
) -> Result<Tab, WalkError> {
    let target = targets::parse(file).expect("a target");
    let site = Site::new(target, base.clone(), way).expect("a site");
    let witness: Arc<dyn Witness> = Arc::<Seen>::clone(seen);
    let browser = Browser::new(&site, "desktop", Some(("alice", "")), &witness);
    browser.login().await.expect("nobody logs in");
    let (tab, told) = browser.open("1", &by_library(transport)).await?;
    assert_eq!(told.answer, Answer::Yes, "{:?}", told.came);
    Ok(tab)
}

#[tokio::test]
async fn the_second_client_takes_the_same_steps() {
    let base = server().await;
    for transport in [Transport::WebSocket, Transport::Polling, Transport::Upgrade] {
        let seen = Arc::<Seen>::default();
        let tab = opened(&base, TARGET, way(), &seen, transport).await;
        let tab = tab.expect("opens");
        let action = tab.browser().site().target.action("say");
        let action = action.expect("an action");
        let nothing = BTreeMap::new();
        let said = tab.act("say", action, None, &nothing, "marker0fthis");
        let said = said.await.expect("an answer");
        assert_eq!(said.told.answer, Answer::Yes);
        let waiting = async {
            loop {
                let all = seen.0.lock().expect("unpoisoned").clone();
                if all.contains(&r#"42["said",{"text":"marker0fthis"}]"#.to_owned()) {
                    return;
                }
                seen.1.notified().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(5), waiting).await;
        waited.expect("its own");
        // What it cannot do is no answer of the target, and it stays open.
        let cut = tab.cut().await;
        assert!(matches!(cut, Err(WalkError::NotOffered(_))), "{cut:?}");
        let stalled = tab.stall(true).await;
        assert!(matches!(stalled, Err(WalkError::NotOffered(_))));
        assert!(tab.is_open());
        tab.close().await;
    }
}

#[tokio::test]
async fn a_target_that_the_second_client_cannot_speak_to_is_named() {
    let base = server().await;
    let seen = Arc::default();
    let socket =
        |words: &str| TARGET.replace("protocol: socket.io,", &format!("protocol: {words},"));
    let raw = "target: x\nlogin: none\nactions: {}\nsocket: {protocol: websocket, path: /}\n";
    let sse = "target: x\nlogin: none\nactions: {}\nsocket: {protocol: sse, path: /}\n";
    let elsewhere = || Way::from(Box::new(reqwest::Client::builder));
    for (file, way, what) in [
        (
            socket("socket.io, parser: msgpack").as_str(),
            way(),
            "speak MessagePack",
        ),
        (
            socket("socket.io, acknowledge: {hello: 1}").as_str(),
            way(),
            "acknowledge an event",
        ),
        (raw, way(), "speak over a raw WebSocket"),
        (sse, way(), "read server-sent events"),
        (
            TARGET,
            elsewhere(),
            "connect to another address than the URL's",
        ),
    ] {
        let opened = opened(&base, file, way, &seen, Transport::WebSocket).await;
        let error = opened.expect_err(what);
        assert!(matches!(error, WalkError::NotOffered(_)), "{error}");
        assert_eq!(error.to_string(), format!("`rust_socketio` cannot {what}"));
    }
    let resumes = socket("socket.io, resume: connection-state");
    let tab = opened(&base, &resumes, way(), &seen, Transport::WebSocket).await;
    let back = tab.expect("opens");
    let back = back.come_back(&by_library(Transport::WebSocket)).await;
    let error = back.expect_err("it cannot recover");
    assert_eq!(
        error.to_string(),
        "`rust_socketio` cannot recover a session"
    );
}
