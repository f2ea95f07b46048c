//! Handshakes: which protocol is spoken somewhere, and whether a stranger is let in.

use std::time::Duration;

use tokio::time::{Instant, timeout};
use url::Url;
use wires::frame::Frame;
use wires::packet::{engine_io, engine_io3};
use wires::{
    Children, Dial, How, Incoming, Refusal, Route, SocketIo, StreamedAnswer, Transport, Wire,
    connect,
};

use crate::bounds::{LISTENING, NAME, NAMES};
use crate::found::Strangers;
use crate::visitor::{Answer, Visitor, in_one_line};

/// What is spoken at a path of Socket.IO.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum EngineIo {
    /// Version 4, and whether it offers a WebSocket.
    Four { has_websocket: bool },
    /// Another version, in words that name it.
    Other(&'static str),
    /// Nothing of the kind, for this reason.
    None(String),
}

/// The path of Engine.IO as a poll asks for it.
pub(crate) fn poll(path: &str) -> String {
    format!("{path}?EIO=4&transport=polling")
}

/// What the answer to a poll says.
pub(crate) fn of_poll(answer: &Answer) -> EngineIo {
    if engine_io3::is_body(answer.body.as_bytes()) {
        return EngineIo::Other(engine_io3::WORDS);
    }
    if let Some(Ok(Frame::Text(first))) = engine_io::packets(&answer.body).next()
        && let Ok(engine_io::Packet::Open(handshake)) = engine_io::Packet::parse(&first)
    {
        let has_websocket = handshake.upgrades.iter().any(|name| name == "websocket");
        return EngineIo::Four { has_websocket };
    }
    EngineIo::None(format!(
        "status {} `{}`",
        answer.status,
        in_one_line(&answer.body)
    ))
}

/// What was heard on a socket.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) strangers: Strangers,
    /// Events that came by themselves.
    pub(crate) events: Vec<String>,
    /// The subprotocol that the server chose.
    pub(crate) subprotocol: Option<String>,
    /// Frames that came by themselves.
    pub(crate) frames: Vec<String>,
    /// Whether there is such a socket at all.
    pub(crate) is_there: bool,
}

impl Heard {
    fn nothing(words: String) -> Self {
        Self {
            strangers: Strangers::Unknown(words),
            events: Vec::new(),
            subprotocol: None,
            frames: Vec::new(),
            is_there: false,
        }
    }
}

/// Asks for a namespace of Socket.IO.
pub(crate) async fn namespace(
    visitor: &mut Visitor,
    path: &str,
    name: &str,
    is_polling_only: bool,
) -> Heard {
    let how = How::SocketIo(SocketIo {
        namespace: name.to_owned(),
        transport: if is_polling_only {
            Transport::Polling
        } else {
            Transport::Websocket
        },
        ..SocketIo::default()
    });
    listen(
        visitor,
        path,
        how,
        &format!("Socket.IO {path} namespace {name}"),
    )
    .await
}

/// Asks for a raw WebSocket.
pub(crate) async fn websocket(visitor: &mut Visitor, path: &str, subprotocols: &[String]) -> Heard {
    let how = How::WebSocket {
        subprotocols: subprotocols.to_vec(),
    };
    listen(visitor, path, how, &format!("WebSocket {path}")).await
}

/// Asks for server-sent events.
pub(crate) async fn stream(visitor: &mut Visitor, path: &str) -> Heard {
    listen(
        visitor,
        path,
        How::Stream(StreamedAnswer::default()),
        &format!("SSE {path}"),
    )
    .await
}

async fn listen(visitor: &mut Visitor, path: &str, how: How, what: &str) -> Heard {
    let within = match visitor.ask(what) {
        Ok(within) => within,
        Err(why) => return Heard::nothing(why.to_string()),
    };
    let heard = match visitor.url(path) {
        Some(url) => dial(visitor, url, how, within).await,
        None => Heard::nothing("it is no path of this system".to_owned()),
    };
    let words = match &heard.strangers {
        Strangers::Welcome(words) => format!("a stranger is let in{words}"),
        Strangers::Refused(words) => format!("a stranger is refused: {words}"),
        Strangers::Unknown(words) => words.clone(),
    };
    visitor.tell(&words);
    heard
}

async fn dial(visitor: &Visitor, url: Url, how: How, within: Duration) -> Heard {
    let is_stream = matches!(how, How::Stream(_));
    let is_frames = matches!(how, How::WebSocket { .. });
    let mut headers = vec![(
        "origin".to_owned(),
        visitor.base.origin().ascii_serialization(),
    )];
    if is_stream {
        headers.push(("accept".to_owned(), "text/event-stream".to_owned()));
    }
    let dial = Dial {
        url,
        headers,
        query: Vec::new(),
        how,
    };
    let route = Route {
        http: visitor.http.clone(),
        sockets: visitor.http.clone(),
        direct: None,
        children: Children::default(),
    };
    let until = Instant::now() + within;
    let mut wire = match timeout(within, connect(&dial, &route)).await {
        Ok(Ok(wire)) => wire,
        Ok(Err(error)) => return Heard::nothing(in_one_line(&error.to_string())),
        Err(_) => return Heard::nothing(format!("nothing came within {} ms", within.as_millis())),
    };
    let heard = hear(&mut wire, until, is_frames || is_stream, is_stream).await;
    // One that has ended needs no cut.
    let _ = wire.cut().await;
    heard
}

/// Hears how it opens, and for a moment what comes by itself.
async fn hear(
    wire: &mut Wire,
    mut until: Instant,
    opens_by_answer: bool,
    is_stream: bool,
) -> Heard {
    let mut heard = Heard::nothing("nothing came".to_owned());
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let Ok(Some(incoming)) = timeout(left, wire.next()).await else {
            return heard;
        };
        match incoming {
            Incoming::Answered(answer) if opens_by_answer => {
                heard = answered(&answer, is_stream);
                if !heard.is_there {
                    return heard;
                }
                until = Instant::now() + LISTENING;
            }
            Incoming::Transport { .. } => heard.is_there = true,
            Incoming::Opened(_) => {
                heard.strangers = Strangers::Welcome(String::new());
                until = Instant::now() + LISTENING;
            }
            Incoming::Event(event) => keep(&mut heard.events, event.name),
            Incoming::Message(message) if message.data.is_some() => {
                keep(
                    &mut heard.events,
                    message.event.unwrap_or_else(|| "message".to_owned()),
                );
            }
            Incoming::Frame(Frame::Text(text)) if heard.frames.len() < NAMES => {
                heard.frames.push(text);
            }
            Incoming::Refused(refusal) => {
                refused(&refusal, &mut heard);
                return heard;
            }
            Incoming::Closed(ending) => {
                let code = ending.code.map(|code| format!("code {code} "));
                let words = format!("closed at once, {}{}", code.unwrap_or_default(), ending.how);
                // A stream may have an end.
                if !is_stream {
                    heard.strangers = Strangers::Refused(in_one_line(&words));
                }
                return heard;
            }
            _ => {}
        }
    }
}

/// A handshake or a stream that was accepted.
fn answered(answer: &wires::Answer, is_stream: bool) -> Heard {
    let header = |name: &str| {
        let found = answer.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    let kind = header("content-type").unwrap_or_default();
    if is_stream && !kind.starts_with("text/event-stream") {
        let kind = in_one_line(&kind);
        let status = answer.status;
        return Heard::nothing(format!("status {status}, and its type is `{kind}`"));
    }
    Heard {
        strangers: Strangers::Welcome(String::new()),
        subprotocol: header("sec-websocket-protocol"),
        is_there: true,
        ..Heard::nothing(String::new())
    }
}

/// Whoever refuses is there; what says that there is nothing refuses nobody.
fn refused(refusal: &Refusal, heard: &mut Heard) {
    let (is_there, words) = match refusal {
        Refusal::Handshake(answer) => {
            let words = format!("status {} `{}`", answer.status, in_one_line(&answer.body));
            (matches!(answer.status, 401 | 403), words)
        }
        Refusal::Namespace { data, .. } => {
            let message = data.get("message").and_then(serde_json::Value::as_str);
            let words = message.map_or_else(|| data.to_string(), str::to_owned);
            (words != "Invalid namespace", in_one_line(&words))
        }
    };
    heard.is_there = is_there;
    heard.strangers = match is_there {
        true => Strangers::Refused(words),
        false => Strangers::Unknown(words),
    };
}

fn keep(names: &mut Vec<String>, name: String) {
    let fits = names.len() < NAMES && name.len() <= NAME && !name.chars().any(char::is_control);
    if fits && !names.contains(&name) {
        names.push(name);
    }
}
