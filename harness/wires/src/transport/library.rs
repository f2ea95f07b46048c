//! `rust_socketio`, the client that Rust users have, behind the face of every wire. It shows that a server works with
//! it; it is not the judge's source of truth.
//!
//! Its callbacks only push into a channel that is always being read, because a slow callback would delay its pongs.
//! When the channel is full they wait, and the connection with them: nothing is lost. One acknowledgement is in flight
//! at a time, because the library's ids are random and few.
//!
//! What it does not show is not invented: neither the handshake's answer, nor the transport's and the socket's id, nor a
//! close frame. It shows no frames either, so the raw frames are put together from what it gives. An event without
//! arguments is to it one called `message` whose argument is the name, and of binary data it gives the first attachment.
//! It acknowledges nothing, and has no recovery. It cannot be cut or stalled. What comes after its goodbye is not heard.
//!
//! It says nothing when its connection ends, but it would connect again. Its hook for that is where we hear of the end,
//! and it never comes further: see `client`.

/// What its errors mean.
mod refusal;

/// The client, and what its callbacks push.
mod client;

/// What is sent, and what waits for its answer.
mod speech;

use std::sync::Arc;
use std::time::Duration;

use rust_socketio::asynchronous::Client;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use self::client::Pushed;
use self::refusal::Cause;
use self::speech::Speech;
use super::http::{Opening, innermost};
use super::link::{Came, Order, Out, PumpEnd};
use super::polling;
use super::websocket::{GOODBYE, expired};
use super::whole::{ELSEWHERE, json, offered, packet};
use crate::dial::{Dial, DialError, Route, SocketIo, Transport};
use crate::incoming::{Answer, EndedBy, Ending, Event, Incoming, Opened, Refusal, start};

/// Events that may wait between the library's callbacks and the pump. They are not bounded by their bytes, so that they
/// have to be few.
const WAITING: usize = 16;
/// If there is no connection over polling after this time, we ask the server ourselves: the library does not show a
/// refusal without a body, but asks again and again.
const LOOK: Duration = Duration::from_secs(2);

/// A connection of the library.
pub(crate) struct Library {
    client: Client,
    push: mpsc::Sender<Pushed>,
    pushed: mpsc::Receiver<Pushed>,
    namespace: Arc<str>,
}

/// Connects, or says how the server refused. The namespace is still to be granted.
pub(super) async fn connect(dial: &Dial, route: &Route, how: &SocketIo) -> Opening<Library> {
    let Some(direct) = &route.direct else {
        return Err(how.client.cannot(ELSEWHERE).into());
    };
    offered(how)?;
    let (push, pushed) = mpsc::channel(WAITING);
    let connecting = client::build(dial, how, &push)?.tls_config(direct.tls.clone());
    let connected = tokio::select! {
        connected = connecting.connect() => connected,
        refused = refused_later(dial, route, how.transport) => return Ok(Err(refused)),
    };
    match connected {
        Ok(client) => Ok(Ok(Library {
            client,
            push,
            pushed,
            namespace: how.namespace.as_str().into(),
        })),
        Err(error) => refused_or_error(dial, route, how.transport, &error).await,
    }
}

/// What the server says, if it refuses a handshake over polling and the library keeps asking. Never ends if there is no
/// refusal.
async fn refused_later(dial: &Dial, route: &Route, transport: Transport) -> Answer {
    if transport != Transport::Websocket {
        sleep(LOOK).await;
        if let Ok(Some(answer)) = ask(dial, route).await {
            return answer;
        }
    }
    std::future::pending().await
}

async fn refused_or_error(
    dial: &Dial,
    route: &Route,
    transport: Transport,
    error: &rust_socketio::Error,
) -> Opening<Library> {
    match refusal::cause(error) {
        Cause::Refused(answer) => return Ok(Err(answer)),
        Cause::NoPacket if transport != Transport::Websocket => {
            if let Some(answer) = ask(dial, route).await? {
                return Ok(Err(answer));
            }
        }
        Cause::NoPacket | Cause::NoAnswer => {}
    }
    Err(DialError::NoConnection(innermost(error)))
}

/// Asks once more for a session that the library did not get. Gives the server's refusal, if it refuses.
async fn ask(dial: &Dial, route: &Route) -> Result<Option<Answer>, DialError> {
    let asked = polling::connect(dial, route, Transport::Polling).await?;
    Ok(asked.err())
}

/// The library's words, which are not the server's.
fn says(words: &str) -> String {
    format!("`rust_socketio` says: {}", start(words))
}

/// How a pump goes on.
enum After {
    GoesOn,
    /// Nothing follows this.
    Last(Came),
}

/// What is heard of a connection.
struct Hearing {
    namespace: Arc<str>,
    /// An error that may be the end, or not: what follows will tell.
    said: Option<String>,
}

impl Library {
    /// Moves events until the connection ends.
    pub(super) async fn pump(self, end: PumpEnd) {
        let PumpEnd {
            mut orders,
            mut out,
        } = end;
        let mut pushed = self.pushed;
        let mut speech = Speech::new(self.client.clone(), self.push);
        let mut hearing = Hearing {
            namespace: self.namespace,
            said: None,
        };
        // Until when the last is waited for, and what it is then: nothing where this side says goodbye.
        let mut over: Option<(Instant, Option<Ending>)> = None;
        let last = loop {
            if matches!(over, Some((_, None))) && speech.is_silent() {
                break None;
            }
            let until = [speech.until(), over.as_ref().map(|(until, _)| *until)];
            tokio::select! {
                () = out.deliver(), if out.is_behind() => {}
                Some(push) = pushed.recv(), if !out.is_behind() => {
                    if let After::Last(last) = hearing.take(push, &mut speech, &mut out) {
                        break Some(last);
                    }
                }
                sent = speech.sent() => if let Err(error) = sent {
                    let ending = unsent(&error);
                    if ending.code.is_some() {
                        break Some(Came::End(ending));
                    }
                    // The server's last events are still to come, and then the end.
                    over = over.or_else(|| Some((Instant::now() + GOODBYE, Some(ending))));
                },
                order = orders.recv(), if over.is_none() && speech.has_room() => match order {
                    Some(Order::Emit(emission)) => speech.take(emission),
                    Some(Order::Close(_)) => over = Some((Instant::now() + GOODBYE, None)),
                    // Nobody asks a library for these.
                    Some(Order::Send(_) | Order::Stall(_) | Order::Answer(..)) => {}
                    None => break None,
                },
                () = expired(until.into_iter().flatten().min()) => {
                    speech.give_up();
                    if over.as_ref().is_some_and(|(until, _)| *until <= Instant::now()) {
                        break over.take().and_then(|(_, ending)| ending).map(Came::End);
                    }
                }
            }
        };
        if let Some(last) = last {
            out.finish(last).await;
        }
        // It fails if the connection has ended. Only then no callback has to wait for room any more: where the library
        // would connect again, it has to know first that this side wants no connection.
        let _ = timeout(GOODBYE, self.client.disconnect()).await;
        drop(pushed);
    }
}

/// How a connection ended over which something was not sent.
fn unsent(error: &rust_socketio::Error) -> Ending {
    match refusal::cause(error) {
        Cause::Refused(answer) => Ending {
            by: EndedBy::Server,
            code: Some(answer.status),
            how: format!("a post was answered with status {}", answer.status),
        },
        Cause::NoPacket => Ending::new(EndedBy::Harness, says(&innermost(error))),
        Cause::NoAnswer => Ending::new(EndedBy::Nobody, says(&innermost(error))),
    }
}

impl Hearing {
    fn take(&mut self, pushed: Pushed, speech: &mut Speech, out: &mut Out) -> After {
        let said = self.said.take();
        if let (Some(words), false) = (&said, matches!(pushed, Pushed::Ended)) {
            let reason = says(words);
            let raw = String::new();
            out.take_said(reason.len(), Incoming::Malformed { reason, raw });
        }
        match pushed {
            Pushed::Opened => {
                let opened = Opened {
                    namespace: self.namespace.as_ref().to_owned(),
                    sid: String::new(),
                    pid: None,
                    is_recovered: false,
                    data: Value::Null,
                    raw: self.packet("40", ""),
                };
                out.take_said(opened.raw.len(), Incoming::Opened(opened));
            }
            Pushed::Event(name, arguments) => {
                let whole = [Value::from(name.as_str())];
                let whole: Vec<&Value> = whole.iter().chain(&arguments).collect();
                let event = Event {
                    namespace: self.namespace.as_ref().to_owned(),
                    raw: self.packet("42", &json(&whole)),
                    name,
                    arguments,
                    id: None,
                };
                out.take_said(event.raw.len(), Incoming::Event(event));
            }
            Pushed::Answer { number, arguments } => {
                // Who was not answered in time waits no more.
                if let Some(id) = speech.answered(number) {
                    let raw = self.packet("43", &format!("{id}{}", json(&arguments)));
                    let namespace = self.namespace.as_ref().to_owned();
                    let ack = Incoming::Ack {
                        namespace,
                        id,
                        arguments,
                        raw,
                    };
                    out.take_said(0, ack);
                }
            }
            Pushed::Error(words) => match refusal::said(&words) {
                Some((data, packet)) => {
                    return After::Last(Came::Last(Incoming::Refused(Refusal::Namespace {
                        namespace: self.namespace.as_ref().to_owned(),
                        data,
                        raw: self.packet("44", packet),
                    })));
                }
                None => self.said = Some(words),
            },
            Pushed::Closed => {
                let how = format!("packet `{}`", self.packet("41", ""));
                return After::Last(Came::End(Ending::new(EndedBy::Server, how)));
            }
            Pushed::Ended => {
                // What the library cannot read may be its own limit: another client tells what the server sent.
                let by = match &said {
                    Some(words) if refusal::cannot_read(words) => EndedBy::Harness,
                    _ => EndedBy::Nobody,
                };
                let how = said.map_or_else(|| UNSAID.to_owned(), |words| says(&words));
                return After::Last(Came::End(Ending::new(by, how)));
            }
        }
        After::GoesOn
    }

    fn packet(&self, kind: &str, data: &str) -> String {
        packet(&self.namespace, kind, data)
    }
}

const UNSAID: &str = "the connection ended, and `rust_socketio` does not show how";
