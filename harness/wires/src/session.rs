//! A Socket.IO session without IO: frames in; what they say, what has to be answered and how it ended out.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use tokio_tungstenite::tungstenite::Bytes;

use crate::dial::{Parser, Recovery, SocketIo};
use crate::frame::Frame;
use crate::incoming::{EndedBy, Ending, Event, Incoming, Opened, Refusal, start};
use crate::packet::socket_io::assembly::Assembly;
use crate::packet::socket_io::{Kind, Packet, msgpack, text};
use crate::packet::{ReadError, WriteError, engine_io, engine_io3};

/// What one frame did.
#[derive(Debug, Default)]
pub struct Heard {
    /// What the server said.
    pub said: Vec<Incoming>,
    /// What the protocol answers by itself.
    pub answers: Vec<Frame>,
    /// Whether it goes on.
    pub after: After,
}

/// What comes after a frame.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum After {
    /// It goes on.
    #[default]
    GoesOn,
    /// The only namespace was refused, which has been said.
    Over,
    /// It ended in this way.
    Ends(Ending),
}

/// One session. It has no `Debug`, because what it authenticates by stands in it.
pub struct Session {
    parser: Parser,
    /// The packet that asks for the first namespace.
    hello: Vec<Frame>,
    pid: Option<String>,
    /// Asked for or open.
    namespaces: BTreeSet<String>,
    assembly: Option<Assembly>,
}

impl Session {
    /// A session that asks for its first namespace when the transport opens.
    ///
    /// # Errors
    /// When the packet that asks cannot be written.
    pub fn new(how: &SocketIo) -> Result<Self, WriteError> {
        let auth = recovering(how.auth.clone(), how.recovery.as_ref())?;
        let hello = Packet {
            namespace: how.namespace.clone(),
            kind: Kind::Connect(auth),
        };
        Ok(Self {
            parser: how.parser,
            hello: write(how.parser, hello)?,
            pid: how.recovery.as_ref().map(|recovery| recovery.pid.clone()),
            namespaces: BTreeSet::from([how.namespace.clone()]),
            assembly: None,
        })
    }

    /// Says that this side asks for one more namespace.
    pub fn asks(&mut self, namespace: String) {
        self.namespaces.insert(namespace);
    }

    /// Says that this side leaves a namespace.
    pub fn leaves(&mut self, namespace: &str) {
        self.namespaces.remove(namespace);
    }

    /// The packets that leave every namespace.
    #[must_use]
    pub fn goodbye(&self) -> Vec<Frame> {
        let packets = self.namespaces.iter().map(|namespace| Packet {
            namespace: namespace.clone(),
            kind: Kind::Disconnect,
        });
        let frames = packets.filter_map(|packet| write(self.parser, packet).ok());
        frames.flatten().collect()
    }

    /// What came of a packet whose attachments are still missing, when nothing more can come.
    pub fn rest(&mut self) -> Option<Incoming> {
        let assembly = self.assembly.take()?;
        Some(Incoming::Malformed {
            reason: format!("{}, and no more", assembly.progress()),
            raw: assembly.into_raw(),
        })
    }

    /// Takes one frame.
    pub fn hear(&mut self, frame: Frame) -> Heard {
        let mut heard = Heard::default();
        match frame {
            Frame::Binary(bytes) => self.hear_binary(bytes, &mut heard),
            Frame::Text(text) => match engine_io::Packet::parse(&text) {
                Ok(engine_io::Packet::Open(handshake)) => {
                    heard.answers.clone_from(&self.hello);
                    let sid = handshake.sid;
                    heard.said.push(Incoming::Transport { sid, raw: text });
                }
                Ok(engine_io::Packet::Ping(data)) => {
                    let pong = engine_io::Packet::Pong(data).write();
                    heard.answers.push(Frame::Text(pong));
                }
                Ok(engine_io::Packet::Close) => {
                    heard.after = After::Ends(Ending::new(EndedBy::Server, "packet `1`"));
                }
                Ok(engine_io::Packet::Message(_)) => self.hear_text(text, &mut heard),
                Ok(
                    engine_io::Packet::Pong(_)
                    | engine_io::Packet::Upgrade
                    | engine_io::Packet::Noop,
                ) => {}
                Err(error) => heard.said.push(malformed(&error, text)),
            },
        }
        heard
    }

    /// Takes the message in a text frame.
    fn hear_text(&mut self, frame: String, heard: &mut Heard) {
        heard.said.extend(self.rest());
        let message = frame.get(1..).unwrap_or_default();
        if self.parser == Parser::MessagePack && !message.starts_with("0") {
            let reason = "a text message, where packets are MessagePack".to_owned();
            heard.said.push(Incoming::Malformed { reason, raw: frame });
            return;
        }
        match text::parse(message) {
            Ok((packet, 0)) => self.hear_packet(packet, frame, heard),
            Ok((packet, n_attachments)) => {
                self.assembly = Some(Assembly::new(packet, n_attachments, frame));
            }
            Err(error) => heard.said.push(malformed(&error, frame)),
        }
    }

    fn hear_binary(&mut self, bytes: Bytes, heard: &mut Heard) {
        if self.parser == Parser::MessagePack {
            let packet = msgpack::parse(&bytes);
            let raw = Frame::Binary(bytes).into_raw();
            return match packet {
                Ok(packet) => self.hear_packet(packet, raw, heard),
                Err(error) => heard.said.push(malformed(&error, raw)),
            };
        }
        let Some(assembly) = &mut self.assembly else {
            heard.said.push(Incoming::Malformed {
                reason: "a binary frame that no packet announced".to_owned(),
                raw: Frame::Binary(bytes).into_raw(),
            });
            return;
        };
        if let Err(exceeded) = assembly.take(bytes) {
            heard.after = After::Ends(Ending::new(EndedBy::Harness, exceeded.to_string()));
            return;
        }
        if let Some(assembly) = self.assembly.take_if(|assembly| assembly.is_whole()) {
            match assembly.whole() {
                Ok((packet, raw)) => self.hear_packet(packet, raw, heard),
                Err((error, raw)) => heard.said.push(malformed(&error, raw)),
            }
        }
    }

    fn hear_packet(&mut self, packet: Packet, raw: String, heard: &mut Heard) {
        let Packet { namespace, kind } = packet;
        let said = match kind {
            Kind::Connect(data) => match self.opened(namespace, data, raw) {
                Ok(opened) => Incoming::Opened(opened),
                Err(ending) => {
                    heard.after = After::Ends(ending);
                    return;
                }
            },
            Kind::Event {
                name,
                arguments,
                id,
            } => Incoming::Event(Event {
                namespace,
                name,
                arguments,
                id,
                raw,
            }),
            Kind::Ack { id, arguments } => Incoming::Ack {
                namespace,
                id,
                arguments,
                raw,
            },
            Kind::Refused(data) => {
                self.namespaces.remove(&namespace);
                if self.namespaces.is_empty() {
                    heard.after = After::Over;
                }
                Incoming::Refused(Refusal::Namespace {
                    namespace,
                    data,
                    raw,
                })
            }
            Kind::Disconnect => {
                self.namespaces.remove(&namespace);
                if self.namespaces.is_empty() {
                    let how = format!("packet `{}`", start(&raw));
                    heard.after = After::Ends(Ending::new(EndedBy::Server, how));
                    return;
                }
                Incoming::Left { namespace, raw }
            }
        };
        heard.said.push(said);
    }

    /// A namespace that the server granted. Socket.IO 2 grants without an id, and before anybody asked.
    fn opened(
        &self,
        namespace: String,
        data: Option<Value>,
        raw: String,
    ) -> Result<Opened, Ending> {
        let data = data.unwrap_or_default();
        let text = |name: &str| data.get(name).and_then(Value::as_str).map(str::to_owned);
        let Some(sid) = text("sid") else {
            return Err(Ending::new(EndedBy::Harness, engine_io3::WORDS));
        };
        let pid = text("pid");
        Ok(Opened {
            namespace,
            sid,
            is_recovered: pid.is_some() && pid == self.pid,
            pid,
            data,
            raw,
        })
    }
}

/// The frames of a packet.
///
/// # Errors
/// When it cannot be written.
pub fn write(parser: Parser, packet: Packet) -> Result<Vec<Frame>, WriteError> {
    match parser {
        Parser::Json => text::write(packet),
        Parser::MessagePack => Ok(vec![Frame::Binary(msgpack::write(packet)?.into())]),
    }
}

/// What to authenticate by, with what recovery needs.
fn recovering(
    auth: Option<Value>,
    recovery: Option<&Recovery>,
) -> Result<Option<Value>, WriteError> {
    let Some(recovery) = recovery else {
        return Ok(auth);
    };
    let mut data = Map::new();
    data.insert("pid".to_owned(), recovery.pid.clone().into());
    data.insert("offset".to_owned(), recovery.offset.clone().into());
    match auth {
        None => {}
        Some(Value::Object(auth)) => data.extend(auth),
        Some(_) => return Err(WriteError::Auth),
    }
    Ok(Some(Value::Object(data)))
}

fn malformed(error: &ReadError, raw: String) -> Incoming {
    Incoming::Malformed {
        reason: error.to_string(),
        raw,
    }
}
