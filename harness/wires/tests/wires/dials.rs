//! Dials as tests need them, and what a wire says in few words.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use native_tls::TlsConnector;
use serde_json::Value;
use url::Url;
use wires::frame::Frame;
use wires::{
    Children, Client, Dial, DialError, Direct, Ending, Event, How, Incoming, Outgoing, Refusal,
    Route, SocketIo, StreamedAnswer, Transport, Wire, connect,
};

use crate::peer::soon;

/// Reading the authorities takes long, and is done where it has to be.
pub(crate) fn direct() -> Direct {
    static TLS: OnceLock<TlsConnector> = OnceLock::new();
    let tls = TLS.get_or_init(|| TlsConnector::new().expect("authorities"));
    Direct {
        tls: tls.clone(),
        trust: None,
    }
}

/// Where `ci/setup --for test` installs the clients that are processes of their own.
pub(crate) fn tools() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root.join(target).join("tools/interop")
}

/// The processes of one test, as each test has a thread of its own.
pub(crate) fn children() -> Children {
    fn new() -> Children {
        let node = tools().join("node_modules").into_os_string();
        let python = tools().join("python").into_os_string();
        Children::with(vec![("NODE_PATH", node), ("PYTHONPATH", python)])
    }
    thread_local!(static CHILDREN: Children = new());
    CHILDREN.with(Clone::clone)
}

pub(crate) async fn dialled(url: &Url, how: How) -> Result<Wire, DialError> {
    let is_library = matches!(&how, How::SocketIo(how) if how.client != Client::Own);
    dialled_by(url, how, is_library.then(direct)).await
}

/// The same by a library that trusts what this says.
pub(crate) async fn dialled_by(
    url: &Url,
    how: How,
    direct: Option<Direct>,
) -> Result<Wire, DialError> {
    let dial = Dial {
        url: url.clone(),
        headers: vec![("Origin".to_owned(), "http://here".to_owned())],
        query: vec![("room".to_owned(), "a b".to_owned())],
        how,
    };
    let route = Route {
        http: reqwest::Client::new(),
        sockets: reqwest::Client::new(),
        direct,
        children: children(),
    };
    soon(connect(&dial, &route)).await
}

pub(crate) async fn dial(url: &Url, how: How) -> Wire {
    dialled(url, how).await.expect("a connection")
}

pub(crate) fn socket_io(transport: Transport) -> How {
    How::SocketIo(SocketIo {
        transport,
        ..SocketIo::default()
    })
}

pub(crate) fn websocket() -> How {
    How::WebSocket {
        subprotocols: vec!["a".to_owned(), "b".to_owned()],
    }
}

pub(crate) fn stream(last_event_id: Option<&str>) -> How {
    How::Stream(StreamedAnswer {
        last_event_id: last_event_id.map(str::to_owned),
        ..StreamedAnswer::default()
    })
}

pub(crate) fn event(namespace: &str, name: &str, arguments: &Value, id: Option<u64>) -> Outgoing {
    Outgoing::Event {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        arguments: arguments.as_array().cloned().expect("an array"),
        id,
    }
}

/// What comes next, in few words; `end` after the last.
pub(crate) async fn next(wire: &mut Wire) -> String {
    soon(wire.next())
        .await
        .map_or_else(|| "end".to_owned(), words)
}

/// The next so many, separated by a space.
pub(crate) async fn several(wire: &mut Wire, count: usize) -> String {
    let mut said = Vec::new();
    for _ in 0..count {
        said.push(next(wire).await);
    }
    said.join(" ")
}

fn words(incoming: Incoming) -> String {
    match incoming {
        Incoming::Answered(answer) => format!("answered={}", answer.status),
        Incoming::Transport { sid, .. } => format!("transport={sid}"),
        Incoming::Upgraded => "upgraded".to_owned(),
        Incoming::NotUpgraded { why } => format!("not upgraded: {why}"),
        Incoming::Opened(opened) => format!("open{}", opened.namespace),
        Incoming::Event(event) => {
            let Event {
                namespace,
                name,
                arguments,
                id,
                ..
            } = event;
            let id = id.map(|id| format!("#{id}")).unwrap_or_default();
            format!("{namespace}{name}{id}{}", Value::from(arguments))
        }
        Incoming::Ack {
            namespace,
            id,
            arguments,
            ..
        } => format!("{namespace}#{id}{}", Value::from(arguments)),
        Incoming::Frame(Frame::Text(text)) => text,
        Incoming::Frame(frame) => frame.into_raw(),
        Incoming::Message(message) => {
            let part = |text: Option<String>| text.unwrap_or_default();
            format!(
                "{}:{}:{}",
                part(message.event),
                part(message.data),
                part(message.id)
            )
        }
        Incoming::Malformed { reason, raw } => format!("({reason}: {raw})"),
        Incoming::Refused(Refusal::Handshake(answer)) => {
            format!("refused {} {}", answer.status, answer.body)
        }
        Incoming::Refused(Refusal::Namespace {
            namespace, data, ..
        }) => format!("refused{namespace}{data}"),
        Incoming::Left { namespace, .. } => format!("left{namespace}"),
        Incoming::Closed(Ending { by, code, how }) => {
            let code = code.map(|code| format!("{code} ")).unwrap_or_default();
            format!("{by:?}: {code}{how}")
        }
    }
}
