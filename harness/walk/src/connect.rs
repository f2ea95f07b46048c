//! Opening a socket: where to dial, what the target says, and the task that hears what follows.

use std::sync::Arc;
use std::time::Duration;

use reading::spot::Spot;
use serde_json::Value;
use targets::file::socket::{Acknowledge, Parser, Protocol, Socket, Transport};
use targets::language::came::{Came, Close};
use targets::language::step::Connect;
use targets::language::template::Lookup;
use tokio::sync::watch;
use tokio::time::timeout;
use url::Url;
use wires::{
    Client, Dial, DialError, EndedBy, How, Incoming, Listener, Outgoing, Recovery, Refusal, Route,
    SocketIo, StreamedAnswer,
};

use crate::error::WalkError;
use crate::made::AsBefore;
use crate::named::{messages, parse_frame, parse_message};
use crate::offer;
use crate::request::pairs;
use crate::socket::OpenSocket;
use crate::tab::{Tab, WeakTab};
use crate::witness::Sight;

/// How a tab comes back.
#[derive(Clone, Default)]
pub(crate) struct Back {
    pub(crate) recovery: Option<Recovery>,
    pub(crate) last_event_id: Option<String>,
}

/// What opens a socket.
pub(crate) struct Opening<'a> {
    pub(crate) tab: &'a Tab,
    pub(crate) name: &'a str,
    pub(crate) socket: &'a Socket,
    pub(crate) connect: &'a Connect,
    /// Where its step stands.
    pub(crate) at: Spot,
    /// The membership that opens it.
    pub(crate) member: Option<&'a str>,
    /// Another way than the file's.
    pub(crate) transport: Option<Transport>,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) client: Client,
    pub(crate) back: Back,
}

/// The first word of the server.
enum First {
    Open {
        came: Came,
        sid: Option<String>,
        raw: String,
    },
    Closed(Came),
    /// Nobody refused it: the connection broke, or this side cannot go on.
    Broken(String),
    Nothing,
}

impl Opening<'_> {
    /// Opens it. Gives what the target said.
    pub(crate) async fn open(
        self,
        names: &mut dyn Lookup,
        within: Duration,
    ) -> Result<(Came, u64), WalkError> {
        offer::speaks(self.client, self.socket)?;
        let (namespace, dial) = self.as_before(names)?;
        let asked = format!("connect {}", dial.url.path());
        let no_answer = |why: String| WalkError::NoAnswer {
            asked: asked.clone(),
            why,
            is_late: false,
            is_sent: true,
        };
        let route = Route {
            http: self.tab.browser().site().http(),
            sockets: self.tab.browser().site().sockets(),
            direct: self.tab.browser().site().direct(),
            children: self.tab.browser().site().children(),
        };
        let opening = async {
            let wire = wires::connect(&dial, &route).await;
            let wire = wire.map_err(|error| match error {
                DialError::NotOffered(what) => what.into(),
                error => no_answer(error.to_string()),
            })?;
            let (speaker, mut listener) = wire.split();
            // What a recovered session missed comes before it is open.
            let mut early = Vec::new();
            let first = loop {
                match listener.next().await {
                    None => return Err(no_answer("the connection ended at once".to_owned())),
                    Some(
                        first @ (Incoming::Refused(_) | Incoming::Closed(_) | Incoming::Opened(_)),
                    ) => break first,
                    Some(Incoming::Answered(answer))
                        if self.socket.protocol != Protocol::SocketIo =>
                    {
                        break Incoming::Answered(answer);
                    }
                    Some(other) => early.push(other),
                }
            };
            Ok((speaker, listener, early, first))
        };
        let waited = format!("nothing came within {} s", within.as_secs());
        let opened = timeout(within, opening).await;
        let (speaker, listener, early, first) = opened.map_err(|_| WalkError::NoAnswer {
            asked: asked.clone(),
            why: waited,
            is_late: true,
            is_sent: true,
        })??;
        let (came, sid, raw) = match self.first(first) {
            First::Open { came, sid, raw } => (came, sid, raw),
            First::Closed(came) => return Ok((came, 0)),
            First::Broken(why) => return Err(no_answer(why)),
            First::Nothing => return Err(no_answer("what came is no handshake".to_owned())),
        };
        let (hears, heard) = watch::channel(());
        let socket = OpenSocket::new(self.name, self.member, &namespace, speaker, sid, heard);
        let socket = Arc::new(socket);
        let tab = self.tab.clone();
        tab.see(&Sight::Opened {
            socket: self.name,
            raw: &raw,
        });
        tab.add(Arc::clone(&socket));
        let moment = tab.log(|log| log.now());
        let hearing = Hearing {
            tab: tab.downgrade(),
            open: socket,
            how: self.socket.clone(),
            _hears: hears,
        };
        tokio::spawn(hearing.all(early, listener));
        Ok((came, moment))
    }

    /// What the first word of the server means.
    fn first(&self, first: Incoming) -> First {
        match first {
            Incoming::Opened(opened) => {
                if opened.pid.is_some() {
                    self.tab.marks(|marks| marks.pid.clone_from(&opened.pid));
                }
                let came = Came {
                    status: Some(101),
                    event: Some("connect".to_owned()),
                    arguments: vec![opened.data],
                    ..Came::default()
                };
                First::Open {
                    came,
                    // A library does not show it.
                    sid: Some(opened.sid).filter(|sid| !sid.is_empty()),
                    raw: opened.raw,
                }
            }
            Incoming::Answered(answer) => {
                let came = Came {
                    status: Some(answer.status),
                    headers: answer.headers,
                    ..Came::default()
                };
                let raw = format!("HTTP {}", answer.status);
                First::Open {
                    came,
                    sid: None,
                    raw,
                }
            }
            Incoming::Refused(refusal) => First::Closed(refused(refusal)),
            Incoming::Closed(ending) if ending.by != EndedBy::Server => First::Broken(ending.how),
            Incoming::Closed(ending) => First::Closed(Came {
                close: Some(Close {
                    code: ending.code,
                    reason: ending.how,
                }),
                ..Came::default()
            }),
            _ => First::Nothing,
        }
    }

    /// Its namespace and where to dial, with the ids that it was made with before.
    fn as_before(&self, names: &mut dyn Lookup) -> Result<(String, Dial), WalkError> {
        let step = format!("{} {:?}", self.name, self.at);
        let made = self.tab.marks(|marks| marks.made.remove(&step));
        let mut names = AsBefore::new(names, made.unwrap_or_default());
        let both = (self.namespace(&mut names)?, self.dial(&mut names)?);
        let made = names.made();
        self.tab.marks(|marks| marks.made.insert(step, made));
        Ok(both)
    }

    fn namespace(&self, names: &mut dyn Lookup) -> Result<String, WalkError> {
        if let Some(namespace) = &self.connect.namespace {
            return Ok(namespace.text(names)?);
        }
        let first = self.socket.namespaces.first();
        Ok(first.map_or_else(|| "/".to_owned(), String::clone))
    }

    fn dial(&self, names: &mut dyn Lookup) -> Result<Dial, WalkError> {
        let site = self.tab.browser().site();
        let usual = self.socket.protocol.usual_path();
        let path = self.connect.path.as_ref().or(self.socket.path.as_ref());
        let path = path.map_or_else(|| Ok(usual.to_owned()), |path| path.text(names))?;
        let unsendable = || WalkError::Unsendable(path.clone());
        let url = match &self.socket.url {
            Some(url) => Url::parse(&url.text(names)?).map_err(|_| unsendable())?,
            None => site.base.join(&path).map_err(|_| unsendable())?,
        };
        let mut headers = vec![("origin".to_owned(), site.origin())];
        let cookies = self.tab.browser().jar(|jar| jar.header(&url));
        headers.extend(cookies.map(|cookies| ("cookie".to_owned(), cookies)));
        // What is carried begins with the step that keeps it.
        for (name, value) in &site.target.carries.headers {
            if let Ok(value) = value.text(names) {
                replace(&mut headers, name, value);
            }
        }
        for (name, value) in &self.connect.headers {
            match value.text(names) {
                Err(_) if names.leaves_out() => {}
                value => replace(&mut headers, name, value?),
            }
        }
        for (name, value) in self.headers {
            replace(&mut headers, name, value.clone());
        }
        let mut query = pairs(&self.connect.query, names)?;
        for (key, value) in &site.target.carries.query {
            if let (Ok(key), Ok(value)) = (key.text(names), value.text(names)) {
                query.push((key, value));
            }
        }
        let namespace = self.namespace(names)?;
        let auth = self.connect.auth.as_ref().map(|auth| auth.value(names));
        Ok(Dial {
            url,
            headers,
            query,
            how: self.how(auth.transpose()?, namespace),
        })
    }

    fn how(&self, auth: Option<Value>, namespace: String) -> How {
        match self.socket.protocol {
            Protocol::SocketIo => How::SocketIo(SocketIo {
                namespace,
                auth,
                parser: match self.socket.parser {
                    Parser::Json => wires::Parser::Json,
                    Parser::Msgpack => wires::Parser::MessagePack,
                },
                transport: match self.transport.unwrap_or(self.socket.transport) {
                    Transport::Upgrade => wires::Transport::Upgrade,
                    Transport::WebSocket => wires::Transport::Websocket,
                    Transport::Polling => wires::Transport::Polling,
                },
                // A client that has none comes back by the file's next way.
                recovery: (self.back.recovery.clone()).filter(|_| self.client == Client::Own),
                client: self.client,
            }),
            Protocol::WebSocket => How::WebSocket {
                subprotocols: self.connect.subprotocols.clone(),
            },
            Protocol::Sse => How::Stream(StreamedAnswer {
                last_event_id: self.back.last_event_id.clone(),
                ..StreamedAnswer::default()
            }),
        }
    }
}

fn replace(headers: &mut Vec<(String, String)>, name: &str, value: String) {
    headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    headers.push((name.to_lowercase(), value));
}

/// A refusal, as what came to a step.
fn refused(refusal: Refusal) -> Came {
    match refusal {
        Refusal::Handshake(answer) => Came {
            status: Some(answer.status),
            headers: answer.headers,
            body: Some(answer.body),
            ..Came::default()
        },
        Refusal::Namespace { data, .. } => Came {
            event: Some("connect_error".to_owned()),
            close: Some(Close {
                code: None,
                reason: words_of(&data),
            }),
            arguments: vec![data],
            ..Came::default()
        },
    }
}

fn words_of(data: &Value) -> String {
    let words = data.get("message").unwrap_or(data);
    words
        .as_str()
        .map_or_else(|| words.to_string(), str::to_owned)
}

/// The task that hears a socket.
struct Hearing {
    /// A tab that nobody holds any more is gone, and its sockets with it.
    tab: WeakTab,
    open: Arc<OpenSocket>,
    how: Socket,
    /// Dropped with the task: then everything is heard.
    _hears: watch::Sender<()>,
}

impl Hearing {
    async fn all(self, early: Vec<Incoming>, mut listener: Listener) {
        for incoming in early {
            let Some(tab) = self.tab.upgrade() else {
                return;
            };
            self.one(&tab, incoming).await;
        }
        while let Some(incoming) = listener.next().await {
            let Some(tab) = self.tab.upgrade() else {
                return;
            };
            self.one(&tab, incoming).await;
            tab.has_room().await;
        }
    }

    async fn one(&self, tab: &Tab, incoming: Incoming) {
        let name = self.open.name.as_str();
        match incoming {
            Incoming::Event(event) => {
                if let Some(offset) = event.offset() {
                    tab.marks(|marks| marks.offset = Some(offset.to_owned()));
                }
                let came = Came {
                    event: Some(event.name.clone()),
                    arguments: event.arguments,
                    ..Came::default()
                };
                tab.hear(name, came, &event.raw);
                if let Some(id) = event.id {
                    self.acknowledge(&event.name, event.namespace, id).await;
                }
            }
            Incoming::Ack {
                id, arguments, raw, ..
            } => {
                let came = Came {
                    ack: Some(arguments),
                    ..Came::default()
                };
                let asked = self.open.asked(id);
                tab.hear_answer(name, came, (id, &asked), &raw);
            }
            Incoming::Frame(frame) => {
                let raw = frame.into_raw();
                let frame = self.how.frame.as_ref();
                let all = messages(frame, &raw);
                if all.is_empty() {
                    tab.hear(name, parse_frame(frame, &raw), &raw);
                }
                for one in all {
                    tab.hear(name, parse_frame(frame, &one), &one);
                }
            }
            Incoming::Message(message) => {
                if message.id.is_some() {
                    tab.marks(|marks| marks.event_id.clone_from(&message.id));
                }
                let Some(data) = message.data else {
                    tab.see(&Sight::Silent { raw: &message.raw });
                    return;
                };
                let frame = self.how.frame.as_ref();
                let parse = |data: &str| parse_message(frame, message.event.as_deref(), data);
                let all = messages(frame, &data);
                if all.is_empty() {
                    tab.hear(name, parse(&data), &message.raw);
                }
                for one in all {
                    tab.hear(name, parse(&one), &one);
                }
            }
            Incoming::Malformed { reason, raw } => {
                let (why, raw) = (reason.as_str(), raw.as_str());
                tab.see(&Sight::Malformed {
                    socket: name,
                    why,
                    raw,
                });
            }
            Incoming::Left { raw, .. } => self.close(tab, None, &raw, false),
            Incoming::Closed(ending) => {
                let is_bound = ending.by == EndedBy::Harness;
                self.close(tab, ending.code, &ending.how, is_bound);
            }
            Incoming::Refused(refusal) => {
                let came = refused(refusal);
                self.close(tab, None, &came.told(), false);
            }
            Incoming::Answered(_)
            | Incoming::Transport { .. }
            | Incoming::Opened(_)
            | Incoming::Upgraded
            | Incoming::NotUpgraded { .. } => {}
        }
    }

    fn close(&self, tab: &Tab, code: Option<u16>, how: &str, is_bound: bool) {
        let close = Close {
            code,
            reason: how.to_owned(),
        };
        tab.hear_close(&self.open, close, is_bound);
    }

    async fn acknowledge(&self, event: &str, namespace: String, id: u64) {
        let arguments = match &self.how.acknowledge {
            Acknowledge::None => return,
            Acknowledge::All => Vec::new(),
            Acknowledge::With(values) => {
                let found = values.iter().find(|(known, _)| known == event);
                match found {
                    None => Vec::new(),
                    Some((_, None)) => return,
                    // Nothing that is kept stands in such a value.
                    Some((_, Some(value))) => value.value(&mut Nothing).into_iter().collect(),
                }
            }
        };
        let answer = Outgoing::Ack {
            namespace,
            id,
            arguments,
        };
        // A connection that has ended needs no answer.
        let _ = self.open.speaker.send(answer).await;
    }
}

/// Knows no name at all.
#[derive(Debug)]
pub struct Nothing;

impl Lookup for Nothing {
    fn make(&mut self, _: targets::language::template::Made) -> Value {
        Value::Null
    }

    fn kept(&self, _: Option<&str>, _: &str) -> Option<Value> {
        None
    }
}
