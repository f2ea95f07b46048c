//! A client that is a process of its own, behind the face of every wire: the official JavaScript client, or
//! python-socketio. They show that a server works with them; they are not the judge's source of truth.
//!
//! What such a client does not show is not invented: neither the handshake's answer nor the transport's id. It shows no
//! frames either, so the raw frames are put together from what it gives. It has no recovery here, and cannot be cut or
//! stalled. What comes after its goodbye is not heard. If its process ends, this side has ended the connection, and not
//! the server.

/// What it is asked, and what it says.
mod lines;

use std::sync::Arc;

use serde_json::Value;
use tokio::time::Instant;

use self::lines::{Said, connecting, offered_by};
use super::http::Opening;
use super::link::{Came, Order, Out, PumpEnd};
use super::websocket::{GOODBYE, expired};
use super::whole::{ELSEWHERE, json, offered, packet};
use super::{polling, websocket};
use crate::bounds::LONGEST;
use crate::children::{Heard, Strand};
use crate::client::Client;
use crate::dial::{Dial, DialError, Route, SocketIo, Transport};
use crate::incoming::{Answer, EndedBy, Ending, Event, Incoming, Opened, Refusal};

/// A connection of such a client.
pub(crate) struct Child {
    strand: Strand,
    client: Client,
    namespace: Arc<str>,
}

/// Connects, or says how the server refused. The namespace is still to be granted.
pub(super) async fn connect(dial: &Dial, route: &Route, how: &SocketIo) -> Opening<Child> {
    let Some(direct) = &route.direct else {
        return Err(how.client.cannot(ELSEWHERE).into());
    };
    offered(how)?;
    offered_by(how.client, dial)?;
    let order = connecting(dial, how, direct.trust.as_deref())?;
    let strand = route.children.strand(how.client).await;
    let mut strand = strand.map_err(|missing| DialError::NoConnection(missing.to_string()))?;
    strand.order(&order).await;
    loop {
        let line = match strand.next().await {
            Heard::Line(line) => line,
            Heard::Overflow => return Err(DialError::NoConnection(too_much())),
            Heard::Ended(why) => {
                let why = format!("`{}`: {why}", how.client.library());
                return Err(DialError::NoConnection(why));
            }
        };
        match serde_json::from_str(&line) {
            Ok(Said::Transport) => {
                return Ok(Ok(Child {
                    strand,
                    client: how.client,
                    namespace: how.namespace.as_str().into(),
                }));
            }
            Ok(Said::Refused {
                status,
                headers,
                body,
                why,
            }) => {
                let shown = status.map(|status| Answer {
                    status,
                    headers,
                    body: body.clone().unwrap_or_default(),
                });
                return refused(dial, route, how.transport, shown, body.is_some(), why).await;
            }
            // Nothing else comes before.
            _ => {}
        }
    }
}

/// A refusal in full. Where the client does not show all of it, the server is asked once more.
async fn refused(
    dial: &Dial,
    route: &Route,
    transport: Transport,
    shown: Option<Answer>,
    is_whole: bool,
    why: String,
) -> Opening<Child> {
    let asked = match shown {
        Some(answer) if is_whole => return Ok(Err(answer)),
        _ => ask(dial, route, transport).await,
    };
    match (asked, shown) {
        (Ok(Some(answer)), None) => Ok(Err(answer)),
        (Ok(Some(answer)), Some(shown)) if answer.status == shown.status => Ok(Err(answer)),
        // This client was answered so.
        (_, Some(shown)) => Ok(Err(shown)),
        (Ok(None) | Err(_), None) => Err(DialError::NoConnection(why)),
    }
}

/// Asks for a handshake with our own client. Gives the server's refusal, if it refuses.
async fn ask(
    dial: &Dial,
    route: &Route,
    transport: Transport,
) -> Result<Option<Answer>, DialError> {
    if transport != Transport::Websocket {
        let asked = polling::connect(dial, route, Transport::Polling).await?;
        return Ok(asked.err());
    }
    let (address, headers) = (polling::address(dial, "websocket")?, dial.header_map()?);
    let asked = websocket::connect(&route.sockets, address, headers, &[]).await?;
    Ok(asked.err())
}

fn too_much() -> String {
    format!("more than {} MiB wait to be read", LONGEST >> 20)
}

impl Child {
    /// Moves events until the connection ends.
    pub(super) async fn pump(mut self, end: PumpEnd) {
        let PumpEnd {
            mut orders,
            mut out,
        } = end;
        // Until when this side's goodbye is waited for.
        let mut over: Option<Instant> = None;
        let last = loop {
            tokio::select! {
                () = out.deliver(), if out.is_behind() => {}
                heard = self.strand.next(), if !out.is_behind() => {
                    let last = match heard {
                        Heard::Line(line) => self.hear(&line, &mut out),
                        Heard::Overflow => Some(self.by_harness(&too_much())),
                        Heard::Ended(why) => Some(self.by_harness(&why)),
                    };
                    if last.is_some() {
                        break last.filter(|_| over.is_none());
                    }
                }
                order = orders.recv(), if over.is_none() => match order {
                    Some(Order::Close(_)) => {
                        self.strand.order(&lines::closing()).await;
                        over = Some(Instant::now() + GOODBYE);
                    }
                    Some(Order::Emit(emission)) => {
                        self.strand.order(&lines::emitting(emission)).await;
                    }
                    Some(Order::Answer(id, arguments)) => {
                        self.strand.order(&lines::answering(id, &arguments)).await;
                    }
                    // Nobody asks a library for these.
                    Some(Order::Send(_) | Order::Stall(_)) => {}
                    None => break None,
                },
                () = expired(over) => break None,
            }
        };
        if let Some(last) = last {
            out.finish(last).await;
        }
    }

    /// The process is this side's: its end is none of the server's.
    fn by_harness(&self, why: &str) -> Came {
        let how = format!("`{}`: {why}", self.client.library());
        Came::End(Ending::new(EndedBy::Harness, how))
    }

    /// Takes one line. Gives the last, where nothing follows.
    fn hear(&self, line: &str, out: &mut Out) -> Option<Came> {
        let namespace = self.namespace.as_ref().to_owned();
        let said = match serde_json::from_str(line) {
            Ok(said) => said,
            // What the server sent is for this client JSON, and for us none: half of a pair, for example.
            Err(error) => Said::Malformed {
                why: error.to_string(),
                raw: line.to_owned(),
            },
        };
        let packet = |kind: &str, data: &str| packet(&self.namespace, kind, data);
        let incoming = match said {
            Said::Opened { sid } => {
                let data = serde_json::json!({ "sid": sid });
                Incoming::Opened(Opened {
                    raw: packet("40", &json(&data)),
                    namespace,
                    sid,
                    pid: None,
                    is_recovered: false,
                    data,
                })
            }
            Said::Event {
                name,
                arguments,
                id,
            } => {
                let whole = [Value::from(name.as_str())];
                let whole: Vec<&Value> = whole.iter().chain(&arguments).collect();
                Incoming::Event(Event {
                    raw: packet("42", &json(&whole)),
                    namespace,
                    name,
                    arguments,
                    id,
                })
            }
            Said::Answer { id, arguments } => Incoming::Ack {
                raw: packet("43", &format!("{id}{}", json(&arguments))),
                namespace,
                id,
                arguments,
            },
            Said::Malformed { why, raw } => Incoming::Malformed { reason: why, raw },
            Said::Denied { data } => {
                let raw = packet("44", &json(&data));
                return Some(Came::Last(Incoming::Refused(Refusal::Namespace {
                    namespace,
                    data,
                    raw,
                })));
            }
            Said::Left => {
                let how = format!("packet `{}`", packet("41", ""));
                return Some(Came::End(Ending::new(EndedBy::Server, how)));
            }
            Said::Closed { by, code, how } => {
                let by = by.into();
                return Some(Came::End(Ending { by, code, how }));
            }
            // They do not come again.
            Said::Transport | Said::Refused { .. } => return None,
        };
        out.take_said(line.len(), incoming);
        None
    }
}
