//! The observer: a Socket.IO client over raw frames, which loses and reorders nothing.
//!
//! A pump moves text frames between a transport and the conversation, which speaks Engine.IO and
//! Socket.IO and writes down every event exactly as it came.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use evidence::Marker;
use futures_util::future::OptionFuture;
use futures_util::{SinkExt, StreamExt};
use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

use crate::error::ProbeError;
use crate::excerpt;
use crate::http::body;
use crate::http::browser::Browser;
use crate::recording::{LONGEST, RecorderError};
use crate::socket::tab::{Acknowledged, Command, Connection, OpenOptions, Seen, Stamp, Transport};
use crate::target::SocketPart;
use crate::wire::Packet;

/// Frames between a pump and its conversation.
const WAITING: usize = 256;

/// Bytes of frames that may come while the answer to `resume` is on its way.
const HELD: usize = 64 << 20;

/// What the conversation asks of the pump.
enum Out {
    Text(String),
    /// Says goodbye and closes.
    Close,
    Stall(bool),
}

/// The conversation's end of a transport.
struct Link {
    frames: mpsc::Receiver<String>,
    out: mpsc::Sender<Out>,
    ended: Ended,
}

/// How the transport ended, once the frames have: said by the pump before it goes.
#[derive(Clone, Default)]
struct Ended(Arc<OnceLock<(Author, String)>>);

/// Whose word an end is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Author {
    /// A close frame, or an answer with its status.
    Server,
    /// The line broke, and nobody said why.
    Nobody,
    /// More came than the harness reads.
    Harness,
}

impl Ended {
    fn say(&self, (author, how): (Author, String)) {
        // The first word is the cause.
        let _ = self.0.set((author, how));
    }

    fn how(&self) -> String {
        let how = self.0.get().map(|(_, how)| how.clone());
        how.unwrap_or_else(|| "the transport ended".to_owned())
    }

    fn is_word_of(&self, whose: Author) -> bool {
        self.0.get().is_some_and(|(author, _)| *author == whose)
    }
}

/// What a frame does to the connection.
enum Heard {
    Goes,
    /// The server ends it by this packet.
    Ends(String),
}

/// Connects and waits until the socket is ready; the inner error is the target's refusal.
pub(crate) async fn connect(
    browser: &Browser,
    options: &OpenOptions,
    seen: &Arc<Seen>,
) -> Result<Result<Connection, String>, ProbeError> {
    let opened = match options.transport {
        Transport::Websocket => websocket(browser, options, seen).await?,
        Transport::Polling => polling(browser, options, seen).await?,
    };
    let link = match opened {
        Ok(link) => link,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let part = browser.site().target.socket.clone();
    let mut conversation = Conversation {
        seen: Arc::clone(seen),
        part,
        link,
        acks: HashMap::new(),
        last_id: 0,
    };
    // What was missed comes before anything newer, also before what comes early.
    let resume = options
        .resume
        .filter(|_| conversation.part.resume.is_some());
    let mut held = Held::new(Arc::clone(seen));
    let (sid, ready) = match conversation.open(resume.map(|_| &mut held)).await? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(Err(refusal)),
    };
    conversation.join(ready, resume, held).await?;
    let (commands, asked) = mpsc::channel(WAITING);
    tokio::spawn(conversation.run(asked));
    Ok(Ok(Connection { commands, sid }))
}

struct Conversation {
    seen: Arc<Seen>,
    part: SocketPart,
    link: Link,
    acks: HashMap<u64, oneshot::Sender<Acknowledged>>,
    last_id: u64,
}

/// Events that wait for what was missed before them. Where that never comes they are written down all the same,
/// without their numbers, which would tell of a gap that nobody knows of: a leak is one, whatever it waited for.
struct Held {
    seen: Arc<Seen>,
    frames: Vec<String>,
    bytes: usize,
}

impl Held {
    const fn new(seen: Arc<Seen>) -> Self {
        Self {
            seen,
            frames: Vec::new(),
            bytes: 0,
        }
    }

    fn take(&mut self, frame: String) -> Result<(), RecorderError> {
        self.bytes += frame.len();
        if self.bytes > HELD {
            return Err(self.seen.crowded());
        }
        self.frames.push(frame);
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for frame in std::mem::take(&mut self.frames) {
            if let Ok(Packet::Event { name, .. }) = Packet::parse(&frame) {
                // A history that takes no more has said so.
                let _ = self.seen.event(name, Stamp::default(), frame);
            }
        }
    }
}

impl Conversation {
    /// From the first frame to `ready`: the transport's id and the number before the first event.
    async fn open(
        &mut self,
        mut held: Option<&mut Held>,
    ) -> Result<Result<(String, Option<u64>), String>, ProbeError> {
        let mut id = String::new();
        loop {
            let Some(frame) = self.link.frames.recv().await else {
                let why = self.link.ended.how();
                if self.link.ended.is_word_of(Author::Harness) {
                    return Err(self.seen.too_long().into());
                }
                if self.link.ended.is_word_of(Author::Server) {
                    return Ok(Err(format!("the connection was closed: {why}")));
                }
                // A line that breaks is no refusal.
                return Err(ProbeError::Broke {
                    place: self.seen.place.to_string(),
                    why,
                });
            };
            match Packet::parse(&frame) {
                Ok(Packet::Open { sid }) => {
                    id = sid;
                    self.send("40".to_owned()).await;
                }
                Ok(Packet::Ping) => self.pong(),
                Ok(Packet::Refused { reason }) => return Ok(Err(reason)),
                Ok(Packet::Disconnected | Packet::Close) => {
                    return Ok(Err("the socket was disconnected".to_owned()));
                }
                Ok(Packet::Connected) if self.part.ready.is_none() => return Ok(Ok((id, None))),
                Ok(Packet::Event {
                    name, arguments, ..
                }) if Some(&name) == self.part.ready.as_ref() => {
                    return Ok(Ok((
                        id,
                        arguments
                            .first()
                            .and_then(|ready| ready.get("seq")?.as_u64()),
                    )));
                }
                Ok(Packet::Event {
                    name, arguments, ..
                }) => match &mut held {
                    Some(held) => held.take(frame)?,
                    None => self.seen.event(name, self.stamp(&arguments), frame)?,
                },
                Ok(Packet::Connected | Packet::Ack { .. } | Packet::Other) => {}
                Err(_) => self
                    .seen
                    .event("(unreadable)".to_owned(), Stamp::default(), frame)?,
            }
        }
    }

    /// Writes down the join; with `resume`, what was missed comes before anything newer.
    async fn join(
        &mut self,
        ready: Option<u64>,
        resume: Option<u64>,
        mut held: Held,
    ) -> Result<(), RecorderError> {
        let (Some(last), Some(event)) = (resume, self.part.resume.clone()) else {
            return self.seen.joined(ready);
        };
        self.seen.joined(Some(last))?;
        let (reply, mut answer) = oneshot::channel();
        let asking = self.asking(&event, &json!({ "last_seq": last }), reply);
        self.send(asking).await;
        let missed = loop {
            if let Ok(acknowledged) = answer.try_recv() {
                break acknowledged.answer;
            }
            let Some(frame) = self.link.frames.recv().await else {
                break Value::Null;
            };
            match Packet::parse(&frame) {
                Ok(Packet::Event { .. }) => held.take(frame)?,
                _ => {
                    self.hear(frame).await?;
                }
            }
        };
        for entry in missed
            .get("missed")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let items = entry.as_array().map_or(&[][..], Vec::as_slice);
            let name = items
                .first()
                .and_then(Value::as_str)
                .unwrap_or("(unreadable)")
                .to_owned();
            // It waited for this connection: its way here says nothing of the target's pace.
            let stamp = Stamp {
                queued_at: None,
                ..items.get(1..).map(Stamp::of).unwrap_or_default()
            };
            self.seen.event(name, stamp, format!("42{entry}"))?;
        }
        for frame in std::mem::take(&mut held.frames) {
            self.hear(frame).await?;
        }
        Ok(())
    }

    async fn run(mut self, asked: mpsc::Receiver<Command>) {
        let by_server = self.talk(asked).await;
        self.seen.left(by_server);
    }

    /// Until the connection ends: by the server in this way, or by the scenario.
    async fn talk(&mut self, mut asked: mpsc::Receiver<Command>) -> Option<String> {
        let out = self.link.out.clone();
        loop {
            // Only what the pump has room for is asked: who waited for it here would let it wait for us.
            let command = async {
                let room = out.reserve().await;
                (room, asked.recv().await)
            };
            tokio::select! {
                frame = self.link.frames.recv() => match frame {
                    Some(frame) => match self.hear(frame).await {
                        Ok(Heard::Goes) => {}
                        Ok(Heard::Ends(how)) => return Some(how),
                        // The history takes no more; nobody has closed anything.
                        Err(_) => return None,
                    },
                    None if self.link.ended.is_word_of(Author::Harness) => {
                        self.seen.too_long();
                        return None;
                    }
                    None => return Some(self.link.ended.how()),
                },
                (room, command) = command => {
                    let order = match command {
                        Some(Command::Emit { event, data, reply }) => {
                            Out::Text(self.asking(&event, &data, reply))
                        }
                        Some(Command::Close) => Out::Close,
                        Some(Command::Stall(stalled)) => Out::Stall(stalled),
                        Some(Command::Cut) | None => return None,
                    };
                    let is_over = matches!(order, Out::Close);
                    // A pump that is gone shows as the end of the frames.
                    if let Ok(room) = room {
                        room.send(order);
                    }
                    if is_over {
                        return None;
                    }
                }
            }
        }
    }

    /// Answers a ping. One answer is enough for many: who waited here for room could wait for who waits for us.
    fn pong(&self) {
        let _ = self.link.out.try_send(Out::Text("3".to_owned()));
    }

    /// Takes one frame.
    async fn hear(&mut self, frame: String) -> Result<Heard, RecorderError> {
        match Packet::parse(&frame) {
            Ok(Packet::Ping) => self.pong(),
            Ok(Packet::Event {
                name, arguments, ..
            }) => self.seen.event(name, self.stamp(&arguments), frame)?,
            Ok(Packet::Ack { id, arguments }) => {
                if let Some(reply) = self.acks.remove(&id) {
                    let answer = arguments.into_iter().next().unwrap_or(Value::Null);
                    // Who asked may have given up.
                    let _ = reply.send(Acknowledged { answer, frame });
                }
            }
            Ok(Packet::Disconnected | Packet::Close | Packet::Refused { .. }) => {
                let packet = excerpt::with_markers(&excerpt::start(&frame), &frame);
                return Ok(Heard::Ends(format!("packet `{packet}`")));
            }
            Ok(Packet::Open { .. } | Packet::Connected | Packet::Other) => {}
            Err(_) => self
                .seen
                .event("(unreadable)".to_owned(), Stamp::default(), frame)?,
        }
        Ok(Heard::Goes)
    }

    /// The packet that asks for an answer.
    fn asking(
        &mut self,
        event: &str,
        data: &Value,
        reply: oneshot::Sender<Acknowledged>,
    ) -> String {
        self.last_id += 1;
        // Whoever has given up waits for nothing.
        self.acks.retain(|_, reply| !reply.is_closed());
        self.acks.insert(self.last_id, reply);
        format!("42{}{}", self.last_id, json!([event, data]))
    }

    async fn send(&self, text: String) {
        // A pump that is gone shows as the end of the frames.
        let _ = self.link.out.send(Out::Text(text)).await;
    }

    fn stamp(&self, arguments: &[Value]) -> Stamp {
        if self.part.numbered {
            Stamp::of(arguments)
        } else {
            Stamp::default()
        }
    }
}

fn address(
    browser: &Browser,
    scheme: Option<&str>,
    transport: &str,
) -> Result<reqwest::Url, ProbeError> {
    let target = &browser.site().target;
    let unsendable = |_| ProbeError::Unsendable(target.socket.path.clone());
    let mut url = target.base.join(&target.socket.path).map_err(unsendable)?;
    url.query_pairs_mut()
        .append_pair("EIO", "4")
        .append_pair("transport", transport);
    if let Some(scheme) = scheme {
        // http to ws and https to wss are changes that the standard allows.
        let _ = url.set_scheme(if url.scheme() == "https" {
            "wss"
        } else {
            scheme
        });
    }
    Ok(url)
}

fn headers(browser: &Browser, options: &OpenOptions) -> Result<HeaderMap, ProbeError> {
    let url = browser.url(&browser.site().target.socket.path)?;
    let unsendable = |text: &str| ProbeError::Unsendable(text.to_owned());
    let mut headers = HeaderMap::new();
    if let Some(cookies) = browser.cookie_header(&url) {
        headers.insert(
            COOKIE,
            HeaderValue::from_str(&cookies).map_err(|_| unsendable("the cookies"))?,
        );
    }
    for (name, value) in &options.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable(name))?;
        headers.insert(
            name,
            HeaderValue::from_str(value).map_err(|_| unsendable(value))?,
        );
    }
    Ok(headers)
}

async fn websocket(
    browser: &Browser,
    options: &OpenOptions,
    seen: &Seen,
) -> Result<Result<Link, String>, ProbeError> {
    let no_connection = |why: String| ProbeError::NoConnection {
        place: seen.place.to_string(),
        why,
    };
    let url = address(browser, Some("ws"), "websocket")?;
    let mut request = url
        .as_str()
        .into_client_request()
        .map_err(|error| no_connection(error.to_string()))?;
    request.headers_mut().extend(headers(browser, options)?);
    // Small buffers: a thousand of these fit into one process.
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_frame_size(Some(LONGEST))
        .max_message_size(Some(LONGEST));
    let route = &browser.site().route;
    let tcp = route.connect(&url).await;
    let tcp = tcp.map_err(|error| no_connection(error.to_string()))?;
    let stream =
        match client_async_tls_with_config(request, tcp, Some(config), Some(route.connector()))
            .await
        {
            Ok((stream, _)) => stream,
            Err(WsError::Http(answer)) => {
                let body = answer
                    .body()
                    .as_deref()
                    .map(String::from_utf8_lossy)
                    .unwrap_or_default();
                let status = answer.status().as_u16();
                return Ok(Err(format!("status {status} {}", body.trim())));
            }
            Err(error) => return Err(no_connection(error.to_string())),
        };
    let (to_conversation, frames) = mpsc::channel(WAITING);
    let (out, orders) = mpsc::channel(WAITING);
    let ended = Ended::default();
    tokio::spawn(pump_frames(stream, to_conversation, orders, ended.clone()));
    Ok(Ok(Link { frames, out, ended }))
}

/// What a write that failed has to say is told when the server's own last words have been read.
async fn pump_frames(
    mut stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    to_conversation: mpsc::Sender<String>,
    mut orders: mpsc::Receiver<Out>,
    ended: Ended,
) {
    let (mut stalled, mut broken) = (false, None);
    loop {
        tokio::select! {
            message = stream.next(), if !stalled => {
                let text = match message {
                    Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
                    Some(Ok(Message::Binary(bytes))) => String::from_utf8_lossy(&bytes).into_owned(),
                    Some(Ok(Message::Close(frame))) => {
                        return ended.say((Author::Server, close_frame(frame.as_ref())));
                    }
                    Some(Err(error @ WsError::Capacity(_))) => {
                        return ended.say((Author::Harness, error.to_string()));
                    }
                    Some(Err(error)) => {
                        let how = broken.unwrap_or_else(|| error.to_string());
                        return ended.say((Author::Nobody, how));
                    }
                    None => {
                        let how = broken.unwrap_or_else(|| "no close frame".to_owned());
                        return ended.say((Author::Nobody, how));
                    }
                    Some(Ok(_)) => continue,
                };
                if to_conversation.send(text).await.is_err() {
                    return;
                }
            }
            order = orders.recv() => match order {
                Some(Out::Text(_)) if broken.is_some() => {}
                Some(Out::Text(text)) => {
                    if let Err(error) = stream.send(Message::text(text)).await {
                        if stalled {
                            return ended.say((Author::Nobody, error.to_string()));
                        }
                        broken = Some(error.to_string());
                    }
                }
                Some(Out::Close) => {
                    // Each of these fails only where nobody is there any more.
                    let _ = stream.send(Message::text("41")).await;
                    let _ = stream.close(None).await;
                    return;
                }
                Some(Out::Stall(stall)) => stalled = stall,
                // Cut: the stream is dropped without a word.
                None => return,
            },
        }
    }
}

/// A WebSocket's close in words: `close frame 1008 (policy)`.
fn close_frame(frame: Option<&CloseFrame>) -> String {
    match frame {
        None => "a close frame without a code".to_owned(),
        Some(frame) if frame.reason.is_empty() => format!("close frame {}", u16::from(frame.code)),
        Some(frame) => {
            let (code, text) = (u16::from(frame.code), frame.reason.as_str());
            let reason = excerpt::with_markers(&excerpt::start(text), text);
            format!("close frame {code} ({reason})")
        }
    }
}

/// A handshake over polling, as far as its answer.
struct Handshake {
    http: reqwest::Client,
    url: reqwest::Url,
    /// The first packet, or the target's refusal.
    answer: Result<String, String>,
}

async fn handshake(
    browser: &Browser,
    options: &OpenOptions,
    seen: &Seen,
) -> Result<Handshake, ProbeError> {
    let no_connection = |error: reqwest::Error| ProbeError::NoConnection {
        place: seen.place.to_string(),
        why: error.to_string(),
    };
    let url = address(browser, None, "polling")?;
    let headers = headers(browser, options)?;
    let http = browser
        .site()
        .route
        .client()
        .default_headers(headers)
        .build()
        .map_err(no_connection)?;
    let answer = http.get(url.clone()).send().await.map_err(no_connection)?;
    let status = answer.status();
    let first = body::read(answer).await.map_err(no_connection)?.text;
    let answer = if status.is_success() {
        Ok(first)
    } else {
        Err(format!("status {} {}", status.as_u16(), first.trim()))
    };
    Ok(Handshake { http, url, answer })
}

/// Asks once more for a connection that the library did not get: the target's refusal, if it is one.
pub(crate) async fn refused_handshake(
    browser: &Browser,
    options: &OpenOptions,
    seen: &Seen,
) -> Result<Option<String>, ProbeError> {
    Ok(handshake(browser, options, seen).await?.answer.err())
}

async fn polling(
    browser: &Browser,
    options: &OpenOptions,
    seen: &Seen,
) -> Result<Result<Link, String>, ProbeError> {
    let Handshake { http, url, answer } = handshake(browser, options, seen).await?;
    let first = match answer {
        Ok(first) => first,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (to_conversation, frames) = mpsc::channel(WAITING);
    let (out, orders) = mpsc::channel(WAITING);
    let ended = Ended::default();
    let mut url = url;
    if let Ok(Packet::Open { sid }) = Packet::parse(&first) {
        url.query_pairs_mut().append_pair("sid", &sid);
    }
    let pump = pump_polls(http, url, first, to_conversation, orders, ended.clone());
    tokio::spawn(pump);
    Ok(Ok(Link { frames, out, ended }))
}

/// A frame that is no packet and says why, with all the markers that were seen.
fn unread(body: &body::Text) -> String {
    let beyond = excerpt::with_markers(&body.cut, &body.text);
    let markers: Vec<&str> = body.markers.iter().map(Marker::as_str).collect();
    format!("{beyond}\n{}", markers.join("\n"))
}

/// One GET in flight at a time; orders are posted meanwhile.
async fn pump_polls(
    http: reqwest::Client,
    url: reqwest::Url,
    first: String,
    to_conversation: mpsc::Sender<String>,
    mut orders: mpsc::Receiver<Out>,
    ended: Ended,
) {
    if to_conversation.send(first).await.is_err() {
        return;
    }
    let poll = || {
        let request = http.get(url.clone()).send();
        Box::pin(async move {
            let answer = request.await.map_err(|error| broken("poll", &error))?;
            let status = answer.status();
            let body = body::read_up_to(LONGEST, answer).await;
            let body = body.map_err(|error| broken("poll", &error))?;
            if status.is_success() {
                return Ok(body);
            }
            Err(refused("poll", status, &body.text))
        })
    };
    let (mut polled, mut posted) = (poll(), None);
    let (mut stalled, mut broken_post) = (false, None::<(Author, String)>);
    loop {
        tokio::select! {
            body = &mut polled, if !stalled => {
                let body = match body {
                    Ok(body) => body,
                    Err(how) => return ended.say(broken_post.unwrap_or(how)),
                };
                // What was cut off is not read: only its markers stand in the history.
                let unread = (!body.cut.is_empty()).then(|| unread(&body));
                let packets = body.text.split('\u{1e}').filter(|_| unread.is_none());
                for packet in packets.chain(unread.as_deref()) {
                    if to_conversation.send(packet.to_owned()).await.is_err() {
                        return;
                    }
                }
                if unread.is_some() {
                    return ended.say((Author::Harness, body.cut));
                }
                polled = poll();
            }
            // However slowly it is taken, what comes meanwhile is read.
            Some(taken) = OptionFuture::from(posted.as_mut()) => {
                posted = None;
                if let Err(how) = taken {
                    if stalled {
                        return ended.say(how);
                    }
                    // What the server said last is still to be read.
                    broken_post = Some(how);
                }
            }
            order = orders.recv(), if posted.is_none() => match order {
                Some(Out::Text(_)) if broken_post.is_some() => {}
                Some(Out::Text(text)) => posted = Some(Box::pin(post(&http, &url, text))),
                Some(Out::Close) => {
                    let _ = post(&http, &url, "41".to_owned()).await;
                    let _ = post(&http, &url, "1".to_owned()).await;
                    return;
                }
                Some(Out::Stall(stall)) => stalled = stall,
                None => return,
            },
        }
    }
}

/// Posts packets; the error is how the server refused them.
async fn post(
    http: &reqwest::Client,
    url: &reqwest::Url,
    text: String,
) -> Result<(), (Author, String)> {
    let request = http
        .post(url.clone())
        .header("content-type", "text/plain;charset=UTF-8");
    let answer = request.body(text).send().await;
    let answer = answer.map_err(|error| broken("post", &error))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let body = body::read(answer).await.unwrap_or_default();
    Err(refused("post", status, &body.text))
}

fn refused(what: &str, status: reqwest::StatusCode, text: &str) -> (Author, String) {
    let how = format!(
        "a {what} was answered with status {} {}",
        status.as_u16(),
        excerpt::with_markers(&excerpt::start(text), text)
    );
    (Author::Server, how)
}

/// The innermost cause: the outer ones only say that it was a request.
fn broken(what: &str, error: &reqwest::Error) -> (Author, String) {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    (Author::Nobody, format!("a {what} broke: {cause}"))
}
