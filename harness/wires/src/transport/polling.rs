//! Engine.IO over HTTP requests, and from there over a WebSocket where the server offers it.
//!
//! At most one GET and one POST are in flight. An upgrade goes as in the official clients: while polls go on, a
//! WebSocket of the same session is opened and asked `2probe`. When it has answered `3probe`, no new poll begins, the
//! last one is read to its end, and `5` says that everything else travels over the WebSocket.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::future::OptionFuture;
use futures_util::{SinkExt, StreamExt};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Response};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use url::Url;

use super::http::{Opening, head, innermost, refusal};
use super::link::{Order, Out, PumpEnd};
use super::websocket::{self, GOODBYE, Socket, expired};
use crate::bounds::{BODY, LONGEST};
use crate::dial::{Dial, DialError, Route, Transport};
use crate::frame::Frame;
use crate::incoming::{Answer, EndedBy, Ending, Incoming, start};
use crate::packet::{engine_io, engine_io3};

/// A step in flight. It is never dropped halfway, or its packets would be lost.
type InFlight<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The address of Engine.IO over this transport.
pub(super) fn address(dial: &Dial, transport: &str) -> Result<Url, DialError> {
    let mut url = dial.address()?;
    url.query_pairs_mut()
        .append_pair("EIO", "4")
        .append_pair("transport", transport);
    Ok(url)
}

/// Where and how requests go.
#[derive(Clone)]
struct Way {
    http: Client,
    sockets: Client,
    headers: HeaderMap,
    url: Url,
}

/// A session whose handshake was answered.
pub(crate) struct Polling {
    way: Way,
    /// The same session as a WebSocket, where it shall be upgraded.
    upgrade: Option<Url>,
    answer: Answer,
    first: Vec<u8>,
    /// Why there is no session to go on with.
    over: Option<Ending>,
}

/// Asks for a session.
pub(super) async fn connect(dial: &Dial, route: &Route, transport: Transport) -> Opening<Polling> {
    let mut way = Way {
        http: route.http.clone(),
        sockets: route.sockets.clone(),
        headers: dial.header_map()?,
        url: address(dial, "polling")?,
    };
    let broken = |error: reqwest::Error| DialError::NoConnection(innermost(&error));
    let answer = way.get().await.map_err(broken)?;
    if !answer.status().is_success() {
        return Ok(Err(refusal(answer).await));
    }
    let head = head(&answer);
    let Body { bytes, over } = read(answer).await.map_err(broken)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut polling = Polling {
        way: way.clone(),
        upgrade: None,
        answer: head,
        first: bytes.clone(),
        over,
    };
    if engine_io3::is_body(&bytes) {
        polling.over = Some(Ending::new(EndedBy::Harness, engine_io3::WORDS));
        return Ok(Ok(polling));
    }
    let first = engine_io::packets(&text).next();
    let Some(Ok(Frame::Text(first))) = first else {
        return Ok(Err(no_session(polling.answer, &text)));
    };
    let Ok(engine_io::Packet::Open(handshake)) = engine_io::Packet::parse(&first) else {
        return Ok(Err(no_session(polling.answer, &text)));
    };
    let offered = handshake.upgrades.iter().any(|name| name == "websocket");
    if transport == Transport::Upgrade && offered {
        let mut url = address(dial, "websocket")?;
        url.query_pairs_mut().append_pair("sid", &handshake.sid);
        polling.upgrade = Some(url);
    }
    way.url.query_pairs_mut().append_pair("sid", &handshake.sid);
    polling.way = way;
    Ok(Ok(polling))
}

/// A granted request that did not give a session: the page of another application, for example.
fn no_session(answer: Answer, text: &str) -> Answer {
    // A character has at most four bytes.
    let body = text.chars().take(BODY / 4).collect();
    Answer { body, ..answer }
}

impl Way {
    /// The address with what keeps a cache from answering, as official clients have it.
    fn url(&self) -> Url {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let nanoseconds = now.unwrap_or_default().as_nanos();
        let mut url = self.url.clone();
        url.query_pairs_mut()
            .append_pair("t", &format!("{nanoseconds:x}"));
        url
    }

    async fn get(&self) -> reqwest::Result<Response> {
        let request = self.http.get(self.url()).headers(self.headers.clone());
        request.send().await
    }

    async fn poll(self) -> Result<Body, Ending> {
        let broken = |error| broken("poll", &error);
        let answer = self.get().await.map_err(broken)?;
        if !answer.status().is_success() {
            return Err(refused("poll", answer).await);
        }
        read(answer).await.map_err(broken)
    }

    async fn post(self, frames: Vec<Frame>) -> Result<(), Ending> {
        let request = self
            .http
            .post(self.url())
            .headers(self.headers.clone())
            .header(CONTENT_TYPE, "text/plain;charset=UTF-8")
            .body(engine_io::body(&frames));
        let answer = request.send().await;
        let answer = answer.map_err(|error| broken("post", &error))?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(refused("post", answer).await)
    }
}

/// The body of a poll.
struct Body {
    bytes: Vec<u8>,
    /// It has no end within the bound.
    over: Option<Ending>,
}

async fn read(mut answer: Response) -> reqwest::Result<Body> {
    let mut bytes = Vec::new();
    let mut over = None;
    loop {
        let Some(piece) = answer.chunk().await? else {
            break;
        };
        bytes.extend_from_slice(&piece);
        if bytes.len() > LONGEST {
            bytes.truncate(LONGEST);
            let how = format!("the answer to a poll is longer than {} MiB", LONGEST >> 20);
            over = Some(Ending::new(EndedBy::Harness, how));
            break;
        }
    }
    Ok(Body { bytes, over })
}

async fn refused(what: &str, answer: Response) -> Ending {
    let Answer { status, body, .. } = refusal(answer).await;
    let said = start(&body);
    let how = format!("a {what} was answered with status {status} {said}");
    Ending {
        by: EndedBy::Server,
        code: Some(status),
        how: how.trim_end().to_owned(),
    }
}

fn broken(what: &str, error: &reqwest::Error) -> Ending {
    let how = format!("a {what} broke: {}", innermost(error));
    Ending::new(EndedBy::Nobody, how)
}

/// What a pump has in flight.
struct Pump {
    way: Way,
    poll: Option<InFlight<Result<Body, Ending>>>,
    post: Option<InFlight<Result<(), Ending>>>,
    probe: Option<InFlight<Result<Socket, String>>>,
    /// The WebSocket that has answered the probe.
    next: Option<Socket>,
    /// Bodies: the frames of one order travel together.
    to_post: VecDeque<Vec<Frame>>,
    is_stalled: bool,
    /// Why nothing can be posted any more. The server's last packets are read first.
    broken: Option<Ending>,
    until: Option<Instant>,
}

impl Polling {
    /// Moves frames until the session ends.
    pub(super) async fn pump(self, mut end: PumpEnd) {
        end.out.take_said(0, Incoming::Answered(self.answer));
        if let Some(ending) = self.over {
            let raw = String::from_utf8_lossy(&self.first).into_owned();
            let reason = ending.how.clone();
            end.out
                .take_said(raw.len(), Incoming::Malformed { reason, raw });
            return end.out.end(ending).await;
        }
        line_up(&self.first, &mut end.out);
        let probe = self.upgrade.map(|url| {
            let (http, headers) = (self.way.sockets.clone(), self.way.headers.clone());
            Box::pin(probe(http, url, headers)) as InFlight<_>
        });
        let mut pump = Pump {
            way: self.way,
            poll: None,
            post: None,
            probe,
            next: None,
            to_post: VecDeque::new(),
            is_stalled: false,
            broken: None,
            until: None,
        };
        if let Some(mut socket) = pump.run(&mut end).await {
            let told = socket
                .stream
                .send(Message::text(engine_io::Packet::Upgrade.write()));
            if let Err(error) = told.await {
                let how = format!("the upgrade broke: {error}");
                let ending = Ending::new(EndedBy::Nobody, how);
                return end.out.end(ending).await;
            }
            end.out.take_said(0, Incoming::Upgraded);
            socket.pump(end).await;
        }
    }
}

impl Pump {
    /// Polls until the session ends, or gives the WebSocket over which it goes on.
    async fn run(&mut self, end: &mut PumpEnd) -> Option<Socket> {
        let PumpEnd { orders, out } = end;
        loop {
            let is_idle = self.poll.is_none() && self.post.is_none() && self.to_post.is_empty();
            if is_idle
                && !out.is_behind()
                && !self.is_stalled
                && self.until.is_none()
                && let Some(socket) = self.next.take()
            {
                return Some(socket);
            }
            self.go_on();
            let until = self.until;
            tokio::select! {
                () = out.deliver(), if out.is_behind() => {}
                Some(body) = OptionFuture::from(self.poll.as_mut()),
                    if !self.is_stalled && !out.is_behind() =>
                {
                    self.poll = None;
                    if let Some(ending) = self.polled(body, out) {
                        out.end(ending).await;
                        return None;
                    }
                }
                Some(posted) = OptionFuture::from(self.post.as_mut()) => {
                    self.post = None;
                    if let Err(ending) = posted {
                        if self.is_stalled {
                            out.end(ending).await;
                            return None;
                        }
                        self.to_post.clear();
                        self.broken = Some(ending);
                    }
                }
                Some(probed) = OptionFuture::from(self.probe.as_mut()) => {
                    self.probe = None;
                    match probed {
                        Ok(socket) => self.next = Some(socket),
                        Err(why) => out.take_said(why.len(), Incoming::NotUpgraded { why }),
                    }
                }
                order = orders.recv(), if self.takes_orders() => match order {
                    Some(order) => self.obey(order),
                    None => return None,
                },
                () = expired(until) => return None,
            }
        }
    }

    /// Orders wait while a post is in flight.
    fn takes_orders(&self) -> bool {
        self.post.is_none() && self.to_post.is_empty() && self.until.is_none()
    }

    /// Begins what can begin.
    fn go_on(&mut self) {
        if self.poll.is_none() && self.next.is_none() {
            self.poll = Some(Box::pin(self.way.clone().poll()));
        }
        if self.post.is_none()
            && let Some(frames) = self.to_post.pop_front()
        {
            self.post = Some(Box::pin(self.way.clone().post(frames)));
        }
    }

    /// Takes an answer to a poll. Gives how the session ended, if it did.
    fn polled(&mut self, body: Result<Body, Ending>, out: &mut Out) -> Option<Ending> {
        match body {
            Ok(Body { bytes, over: None }) => {
                line_up(&bytes, out);
                None
            }
            Ok(Body {
                bytes,
                over: Some(ending),
            }) => {
                let raw = String::from_utf8_lossy(&bytes).into_owned();
                let reason = ending.how.clone();
                out.take_said(raw.len(), Incoming::Malformed { reason, raw });
                Some(ending)
            }
            Err(ending) => Some(self.broken.take().unwrap_or(ending)),
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Send(frames) if self.broken.is_none() => self.to_post.push_back(frames),
            Order::Send(_) | Order::Emit(_) | Order::Answer(..) => {}
            Order::Close(frames) => {
                if !frames.is_empty() {
                    self.to_post.push_back(frames);
                }
                // A body of its own: a server may hear the end of the transport before what stands ahead of it.
                let goodbye = Frame::Text(engine_io::Packet::Close.write());
                self.to_post.push_back(vec![goodbye]);
                self.is_stalled = false;
                self.probe = None;
                self.until = Some(Instant::now() + GOODBYE);
            }
            Order::Stall(is_stalled) => self.is_stalled = is_stalled,
        }
    }
}

/// Lines up the packets of a body.
fn line_up(body: &[u8], out: &mut Out) {
    for packet in engine_io::packets(&String::from_utf8_lossy(body)) {
        match packet {
            Ok(frame) => out.take(frame),
            Err((error, raw)) => {
                let (reason, raw) = (error.to_string(), raw.to_owned());
                out.take_said(raw.len(), Incoming::Malformed { reason, raw });
            }
        }
    }
}

/// Opens the WebSocket of a session that polls, and asks whether packets come through. The error says why not.
async fn probe(http: Client, url: Url, headers: HeaderMap) -> Result<Socket, String> {
    let opened = websocket::connect(&http, url, headers, &[]).await;
    let mut socket = match opened.map_err(|error| error.to_string())? {
        Ok(socket) => socket,
        Err(Answer { status, body, .. }) => {
            return Err(format!("status {status} {}", start(&body)));
        }
    };
    socket.answer = None;
    let ping = Message::text(engine_io::Packet::Ping("probe").write());
    let sent = socket.stream.send(ping).await;
    sent.map_err(|error| error.to_string())?;
    match socket.stream.next().await {
        Some(Ok(Message::Text(text))) if text.as_str() == "3probe" => Ok(socket),
        Some(Ok(message)) => Err(format!(
            "the probe was answered with `{}`",
            start(message.to_text().unwrap_or("bytes"))
        )),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("the probe was not answered".to_owned()),
    }
}
