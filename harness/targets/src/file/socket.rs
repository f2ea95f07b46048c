//! A socket of the target: its protocol, its path, and what goes over it by itself.

use std::time::Duration;

use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::spot::Spot;
use reading::wrong::{Wrong, wrong};

use super::number::{self, Number, QueuedAt};
use crate::language::json::JsonTemplate;
use crate::language::place::Place;
use crate::language::predicate::Predicate;
pub use crate::language::step::EventName as FrameName;
use crate::language::step::{Step, read_all};
use crate::language::template::Template;
use crate::language::words::{is_none, one_of, one_or_several, text, texts};

/// A socket.
#[derive(Clone, Debug)]
pub struct Socket {
    /// Where it stands.
    pub at: Spot,
    /// How it speaks.
    pub protocol: Protocol,
    /// Its path, with names.
    pub path: Option<Template>,
    /// Its whole address, where it is not the target's.
    pub url: Option<Template>,
    /// The namespaces of Socket.IO, the first one first.
    pub namespaces: Vec<String>,
    /// How Socket.IO writes its packets.
    pub parser: Parser,
    /// How Socket.IO connects.
    pub transport: Transport,
    /// Each way in which it can connect.
    pub transports: Vec<Transport>,
    /// What the server asks to be acknowledged, and with what.
    pub acknowledge: Acknowledge,
    /// How a tab that was cut off gets what it missed.
    pub resume: Vec<Resume>,
    /// Where the parts of a raw frame stand, or of a message in an answer.
    pub frame: Option<Frame>,
    /// What is answered to what comes by itself, by event.
    pub answers: Vec<(String, Step)>,
    /// What is sent by itself, and how often.
    pub every: Vec<(Duration, Step)>,
    /// What the target says where it refuses over this socket.
    pub refused: Option<Predicate>,
    /// Where each event has its number.
    pub number: Option<Number>,
    /// Where each event says when it was made.
    pub queued_at: Option<QueuedAt>,
}

/// How a socket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Socket.IO 5 over Engine.IO 4.
    SocketIo,
    /// Raw frames.
    WebSocket,
    /// Server-sent events.
    Sse,
}

impl Protocol {
    /// The path of a socket that says none.
    #[must_use]
    pub const fn usual_path(self) -> &'static str {
        match self {
            Self::SocketIo => "/socket.io/",
            Self::WebSocket | Self::Sse => "/",
        }
    }
}

/// How Socket.IO writes its packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parser {
    /// As JSON, with attachments.
    Json,
    /// As msgpack.
    Msgpack,
}

/// How Socket.IO connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// By polling, and then by a WebSocket, as official clients do.
    Upgrade,
    /// By a WebSocket from the start.
    WebSocket,
    /// By polling alone.
    Polling,
}

/// What the server's wish for an acknowledgement gets.
#[derive(Clone, Debug)]
pub enum Acknowledge {
    /// An empty one.
    All,
    /// None at all.
    None,
    /// For each of these events this value, or none; for others an empty one.
    With(Vec<(String, Option<JsonTemplate>)>),
}

/// How a tab that was cut off comes back.
#[derive(Clone, Debug)]
pub struct Resume {
    /// How it says what it had.
    pub by: ResumeBy,
    /// Its steps, where these are others than from the first `connect` of `open` on.
    pub open: Option<Vec<Step>>,
}

/// How a tab says what it had.
#[derive(Clone, Debug)]
pub enum ResumeBy {
    /// It does not: nothing is sent again.
    Nothing,
    /// By Socket.IO's connection-state recovery.
    ConnectionState,
    /// By the header `Last-Event-ID` of server-sent events.
    LastEventId,
    /// By the newest number that stands in one of these places, and so many more. It is called `{last}`.
    Last {
        /// Where the number stands; of several, the first that is there counts.
        places: Vec<Place>,
        /// What is added to it.
        plus: u64,
    },
}

/// The parts of a frame.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Where its messages stand, if it holds several: all the others are places of one of them.
    pub each: Option<Each>,
    /// Where its name stands.
    pub event: Option<FrameName>,
    /// Where its value stands.
    pub data: Option<Place>,
    /// How an event is written.
    pub write: Option<JsonTemplate>,
    /// How an answer names what it answers.
    pub ack: Option<FrameAck>,
}

/// How a frame holds several messages.
#[derive(Clone, Debug)]
pub enum Each {
    /// At this place, as `/*` in a list.
    At(Place),
    /// With this between them, or behind each.
    Split(String),
}

/// How a frame acknowledges another.
#[derive(Clone, Debug)]
pub struct FrameAck {
    /// The name of the frame, if it has one of its own.
    pub event: Option<String>,
    /// Where the answer has the value by which it is known.
    pub same: Place,
    /// Where what was sent has that value.
    pub sent: Place,
}

pub(crate) const KEYS: [&str; 14] = [
    "protocol",
    "path",
    "url",
    "namespaces",
    "parser",
    "transport",
    "acknowledge",
    "resume",
    "frame",
    "answers",
    "every",
    "refused",
    "number",
    "queued_at",
];

/// Reads `socket`: none, one, or several by name.
pub(crate) fn sockets(node: &Node) -> Result<Vec<(String, Socket)>, Wrong> {
    if is_none(node) {
        return Ok(Vec::new());
    }
    let entries = node.map("socket")?;
    let is_one = entries.iter().any(|(key, _)| KEYS.contains(&key.as_str()));
    let is_named = entries
        .iter()
        .all(|(_, node)| matches!(node.yaml, Yaml::Map(_)));
    if is_one || !is_named || entries.is_empty() {
        return Ok(vec![(String::new(), socket(node)?)]);
    }
    entries
        .iter()
        .map(|(name, node)| Ok((name.clone(), socket(node)?)))
        .collect()
}

fn socket(node: &Node) -> Result<Socket, Wrong> {
    let mut fields = Fields::of(node, "`socket`", &KEYS)?;
    let protocols = [
        ("socket.io", Protocol::SocketIo),
        ("websocket", Protocol::WebSocket),
        ("sse", Protocol::Sse),
    ];
    let parsers = [("json", Parser::Json), ("msgpack", Parser::Msgpack)];
    let transports = [
        ("upgrade", Transport::Upgrade),
        ("websocket", Transport::WebSocket),
        ("polling", Transport::Polling),
    ];
    let protocol = fields
        .take("protocol")
        .map_or(Ok(Protocol::SocketIo), |node| {
            one_of(node, "protocol", &protocols)
        })?;
    for key in ["namespaces", "parser", "transport"] {
        if let Some(node) = node.setting(key).filter(|_| protocol != Protocol::SocketIo) {
            return wrong(
                node.key(),
                format!("`{key}` belongs to Socket.IO"),
                "remove it, or write `protocol: socket.io`",
            );
        }
    }
    has_no_frame(node, protocol)?;
    let transport = fields.take("transport");
    let transports =
        transport.map_or(Ok(vec![Transport::Upgrade, Transport::Polling]), |node| {
            let all = one_or_several(node).iter();
            all.map(|node| one_of(node, "transport", &transports))
                .collect()
        })?;
    Ok(Socket {
        at: node.at(),
        protocol,
        path: fields
            .take("path")
            .map(|node| text(node, "path"))
            .transpose()?,
        url: fields
            .take("url")
            .map(|node| text(node, "url"))
            .transpose()?,
        namespaces: namespaces(fields.take("namespaces"))?,
        parser: { fields.take("parser") }
            .map_or(Ok(Parser::Json), |node| one_of(node, "parser", &parsers))?,
        transport: transports.first().copied().unwrap_or(Transport::Upgrade),
        transports,
        acknowledge: fields
            .take("acknowledge")
            .map_or(Ok(Acknowledge::All), acknowledge)?,
        resume: fields.take("resume").map_or(Ok(Vec::new()), resumes)?,
        frame: fields.take("frame").map(frame).transpose()?,
        answers: fields.take("answers").map_or(Ok(Vec::new()), |node| {
            each(node, "answers", &|name, _| Ok(name.to_owned()))
        })?,
        every: fields.take("every").map_or(Ok(Vec::new()), |node| {
            each(node, "every", &|name, node| every(name, node))
        })?,
        refused: {
            fields
                .take("refused")
                .map(|node| Predicate::read(node, "refused"))
        }
        .transpose()?,
        number: fields.take("number").map(number::read).transpose()?,
        queued_at: fields
            .take("queued_at")
            .map(number::queued_at)
            .transpose()?,
    })
}

/// An event of Socket.IO has its parts by itself.
fn has_no_frame(node: &Node, protocol: Protocol) -> Result<(), Wrong> {
    match { node.setting("frame") }.filter(|_| protocol == Protocol::SocketIo) {
        None => Ok(()),
        Some(frame) => wrong(
            frame.key(),
            "`frame` is for raw protocols: an event of Socket.IO has its name and arguments",
            "remove it; the form of messages in answers stands in a `frame` beside `socket`",
        ),
    }
}

fn namespaces(node: Option<&Node>) -> Result<Vec<String>, Wrong> {
    let Some(node) = node else {
        return Ok(vec!["/".to_owned()]);
    };
    let names = texts(node, "namespaces")?;
    match names.iter().find(|name| !name.starts_with('/')) {
        Some(name) => wrong(
            node.at(),
            format!("the namespace `{name}` does not begin with /"),
            "write it as /chat",
        ),
        None => Ok(names),
    }
}

fn acknowledge(node: &Node) -> Result<Acknowledge, Wrong> {
    match &node.yaml {
        Yaml::Text(text) if text == "all" => Ok(Acknowledge::All),
        Yaml::Text(text) if text == "none" => Ok(Acknowledge::None),
        _ => {
            let one = |(event, node): &(String, Node)| {
                let value = (!is_none(node))
                    .then(|| JsonTemplate::read(node))
                    .transpose()?;
                Ok((event.clone(), value))
            };
            let all = node.map("acknowledge")?.iter().map(one);
            all.collect::<Result<_, Wrong>>().map(Acknowledge::With)
        }
    }
}

fn resumes(node: &Node) -> Result<Vec<Resume>, Wrong> {
    one_or_several(node).iter().map(resume).collect()
}

fn resume(node: &Node) -> Result<Resume, Wrong> {
    let words = [
        ("none", ResumeBy::Nothing),
        ("connection-state", ResumeBy::ConnectionState),
        ("last-event-id", ResumeBy::LastEventId),
    ];
    if let Yaml::Text(_) = node.yaml {
        let by = one_of(node, "resume", &words)?;
        return Ok(Resume { by, open: None });
    }
    let mut fields = Fields::of(node, "`resume`", &["last", "plus", "replays", "open"])?;
    let plus = fields
        .take("plus")
        .map_or(Ok(0), |node| node.number("plus", 0, 1_000_000))?;
    let by = match (fields.take("last"), fields.take("replays")) {
        (Some(last), None) => ResumeBy::Last {
            places: one_or_several(last)
                .iter()
                .map(|node| Place::read(node, "last"))
                .collect::<Result<_, _>>()?,
            plus,
        },
        (None, Some(replays)) => one_of(replays, "replays", &words)?,
        _ => {
            return wrong(
                node.at(),
                "`resume` does not say how a tab tells what it had",
                "add `last: PLACE`, or `replays: none`, `connection-state` or `last-event-id`",
            );
        }
    };
    let open = fields
        .take("open")
        .map(|node| read_all(node, "open"))
        .transpose()?;
    Ok(Resume { by, open })
}

/// The parts of a frame, or of a message in an answer.
pub(crate) fn frame(node: &Node) -> Result<Frame, Wrong> {
    let mut fields = Fields::of(node, "`frame`", &["each", "event", "data", "write", "ack"])?;
    Ok(Frame {
        each: fields.take("each").map(each_message).transpose()?,
        event: fields.take("event").map(FrameName::read).transpose()?,
        data: fields
            .take("data")
            .map(|node| Place::read(node, "data"))
            .transpose()?,
        write: fields.take("write").map(JsonTemplate::read).transpose()?,
        ack: fields.take("ack").map(frame_ack).transpose()?,
    })
}

fn each_message(node: &Node) -> Result<Each, Wrong> {
    let Some(split) = node.setting("split") else {
        return Place::read(node, "each").map(Each::At);
    };
    match &split.yaml {
        // A line's end is a text, too.
        Yaml::Text(text) if !text.is_empty() => Ok(Each::Split(text.clone())),
        _ => wrong(
            split.at(),
            "`split` is no text, or an empty one",
            "write what stands between two messages, as \"\\n\"",
        ),
    }
}

fn frame_ack(node: &Node) -> Result<FrameAck, Wrong> {
    let mut fields = Fields::of(node, "`ack`", &["event", "same", "sent"])?;
    let event = fields.take("event").map(|node| node.text("event"));
    let event = event.transpose()?.map(str::to_owned);
    let same = Place::read(fields.need("same")?, "same")?;
    let sent = fields
        .take("sent")
        .map_or_else(|| Ok(same.clone()), |node| Place::read(node, "sent"))?;
    Ok(FrameAck { event, same, sent })
}

/// Steps that are taken by themselves, by name.
fn each<K>(
    node: &Node,
    what: &str,
    key: &dyn Fn(&str, &Node) -> Result<K, Wrong>,
) -> Result<Vec<(K, Step)>, Wrong> {
    let one = |(name, node): &(String, Node)| {
        let step = crate::language::step::read(node, what)?;
        Ok((key(name, node)?, step))
    };
    node.map(what)?.iter().map(one).collect()
}

fn every(name: &str, node: &Node) -> Result<Duration, Wrong> {
    duration::read(name).map_or_else(
        || {
            wrong(
                node.key(),
                format!("`{name}` is no time"),
                "write how often as a name, as `30s: {send: …}`",
            )
        },
        Ok,
    )
}
