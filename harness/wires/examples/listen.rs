//! Listens to a server by hand, and prints what it says.
//!
//! `cargo run -p wires --example listen -- URL [NAME=VALUE…]`, where a name is one of `language` (`socket.io`,
//! `websocket`, `stream`), `namespace`, `auth` (JSON), `parser` (`json`, `msgpack`), `transport` (`upgrade`,
//! `websocket`, `polling`), `pid` and `offset`, `subprotocol`, `header` (`Name: value`), `emit` (a JSON array: an event
//! and its arguments, sent with an id when the namespace opens), `connect` (one more namespace), `send` (a text frame),
//! `last-event-id`, `trust` (an authority's certificate in PEM), `client`
//! (`observer`, `rust-socketio`, `js`, `python`), and `close` (after so many things heard).

use std::process::ExitCode;

use serde_json::Value;
use wires::frame::Frame;
use wires::{
    Children, Client, Dial, Direct, How, Incoming, Outgoing, Parser, Recovery, Route, SocketIo,
    StreamedAnswer, Transport, Wire, connect,
};

struct Options(Vec<(String, String)>);

impl Options {
    fn get(&self, name: &str) -> Option<&str> {
        let named = self.0.iter().find(|(key, _)| key == name);
        named.map(|(_, value)| value.as_str())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(key, _)| key == name);
        named.map(|(_, value)| value.as_str())
    }

    fn json(&self, name: &str) -> Option<Value> {
        let value = serde_json::from_str(self.get(name)?);
        Some(value.unwrap_or_else(|error| panic!("{name}: {error}")))
    }

    fn how(&self) -> How {
        match self.get("language").unwrap_or("socket.io") {
            "websocket" => How::WebSocket {
                subprotocols: self.all("subprotocol").map(str::to_owned).collect(),
            },
            "stream" => How::Stream(StreamedAnswer {
                last_event_id: self.get("last-event-id").map(str::to_owned),
                ..StreamedAnswer::default()
            }),
            _ => How::SocketIo(SocketIo {
                namespace: self.get("namespace").unwrap_or("/").to_owned(),
                auth: self.json("auth"),
                parser: match self.get("parser") {
                    Some("msgpack") => Parser::MessagePack,
                    _ => Parser::Json,
                },
                transport: match self.get("transport") {
                    Some("websocket") => Transport::Websocket,
                    Some("polling") => Transport::Polling,
                    _ => Transport::Upgrade,
                },
                recovery: self.get("pid").map(|pid| Recovery {
                    pid: pid.to_owned(),
                    offset: self.get("offset").unwrap_or_default().to_owned(),
                }),
                client: Client::ALL
                    .into_iter()
                    .find(|client| Some(client.word()) == self.get("client"))
                    .unwrap_or_default(),
            }),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(url) = arguments.next().and_then(|url| url.parse().ok()) else {
        eprintln!("usage: listen URL [NAME=VALUE…]");
        return ExitCode::from(2);
    };
    let options = arguments.filter_map(|argument| {
        let (name, value) = argument.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    let options = Options(options.collect());
    let headers = options.all("header").filter_map(|header| {
        let (name, value) = header.split_once(": ")?;
        Some((name.to_owned(), value.to_owned()))
    });
    let dial = Dial {
        url,
        headers: headers.collect(),
        query: Vec::new(),
        how: options.how(),
    };
    let mut http = reqwest::Client::builder();
    let mut direct = native_tls::TlsConnector::builder();
    let mut trust = None;
    if let Some(path) = options.get("trust") {
        let pem = std::fs::read(path).expect("`trust` is a file");
        trust = Some(String::from_utf8_lossy(&pem).as_ref().into());
        let authority = reqwest::Certificate::from_pem(&pem).expect("`trust` is a certificate");
        http = http.add_root_certificate(authority);
        let authority = native_tls::Certificate::from_pem(&pem).expect("`trust` is a certificate");
        direct.add_root_certificate(authority);
    }
    let http = http.build().expect("an HTTP client");
    let route = Route {
        sockets: http.clone(),
        http,
        direct: direct.build().ok().map(|tls| Direct { tls, trust }),
        children: Children::default(),
    };
    match connect(&dial, &route).await {
        Ok(wire) => {
            listen(wire, &options).await;
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn listen(mut wire: Wire, options: &Options) {
    let most = options.get("close").and_then(|count| count.parse().ok());
    let mut n_heard = 0;
    let mut id = 0;
    while let Some(incoming) = wire.next().await {
        println!("{incoming:?}");
        n_heard += 1;
        let to_send = match &incoming {
            Incoming::Opened(opened) => {
                let events = options.all("emit").map(|event| {
                    id += 1;
                    emit(event, &opened.namespace, id)
                });
                let mut to_send: Vec<_> = events.collect();
                if opened.namespace == "/" {
                    to_send.extend(options.all("connect").map(|namespace| Outgoing::Connect {
                        namespace: namespace.to_owned(),
                        auth: options.json("auth"),
                    }));
                }
                to_send
            }
            Incoming::Answered(_) => {
                let frames = options.all("send");
                frames
                    .map(|text| Outgoing::Frame(Frame::text(text)))
                    .collect()
            }
            Incoming::Event(event) => match event.id {
                Some(id) => vec![Outgoing::Ack {
                    namespace: event.namespace.clone(),
                    id,
                    arguments: event.arguments.clone(),
                }],
                None => Vec::new(),
            },
            _ => Vec::new(),
        };
        for outgoing in to_send {
            if let Err(error) = wire.send(outgoing).await {
                println!("not sent: {error}");
            }
        }
        if Some(n_heard) == most {
            wire.close().await;
        }
    }
}

fn emit(event: &str, namespace: &str, id: u64) -> Outgoing {
    let mut data: Vec<Value> = serde_json::from_str(event).expect("`emit` is a JSON array");
    let name = data.remove(0).as_str().expect("an event's name").to_owned();
    Outgoing::Event {
        namespace: namespace.to_owned(),
        name,
        arguments: data,
        id: Some(id),
    }
}
