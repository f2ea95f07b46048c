//! The conversation with a target: Engine.IO and Socket.IO, frame by frame, over either transport.
//!
//! It never waits for a pump, because the pump may be waiting for it. An automatic answer is skipped if there is no
//! room for it, and a command is taken only once the pump has room for what follows.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::held::Held;
use super::link::{EndedBy, Link, Order};
use crate::error::ProbeError;
use crate::excerpt;
use crate::recording::RecorderError;
use crate::socket::closing::Closing;
use crate::socket::connection::{Acknowledged, Command, DISCONNECTED, Opening};
use crate::socket::inbox::Inbox;
use crate::socket::missed;
use crate::socket::stamp::{self, Stamp};
use crate::target::SocketPart;
use crate::wire::Packet;

/// What a frame does to the connection.
enum AfterFrame {
    GoesOn,
    /// The server ends the connection with this packet.
    Ends(Closing),
}

/// A connection that is open, or about to be.
pub(super) struct Conversation {
    inbox: Arc<Inbox>,
    part: SocketPart,
    link: Link,
    acks: HashMap<u64, oneshot::Sender<Acknowledged>>,
    last_id: u64,
}

impl Conversation {
    pub(super) fn new(link: Link, part: SocketPart, inbox: Arc<Inbox>) -> Self {
        Self {
            inbox,
            part,
            link,
            acks: HashMap::new(),
            last_id: 0,
        }
    }

    /// Reads from the first frame until `ready`. Gives the transport's id and the number before the first event.
    pub(super) async fn open(
        &mut self,
        mut held: Option<&mut Held>,
    ) -> Opening<(String, Option<u64>)> {
        let mut id = String::new();
        loop {
            let Some(frame) = self.link.frames.recv().await else {
                return self.ended_before_ready().map(Err);
            };
            match Packet::parse(&frame) {
                Ok(Packet::Open { sid }) => {
                    id = sid;
                    self.send("40".to_owned()).await;
                }
                Ok(Packet::Ping) => self.pong(),
                Ok(Packet::Refused { reason }) => return Ok(Err(reason)),
                Ok(Packet::Disconnected | Packet::Close) => {
                    return Ok(Err(DISCONNECTED.to_owned()));
                }
                Ok(Packet::Connected) if self.part.ready.is_none() => return Ok(Ok((id, None))),
                Ok(Packet::Event {
                    name, arguments, ..
                }) if Some(&name) == self.part.ready.as_ref() => {
                    return Ok(Ok((id, stamp::number_before(&arguments))));
                }
                Ok(Packet::Event {
                    name, arguments, ..
                }) => match &mut held {
                    Some(held) => held.take(frame)?,
                    None => self.take_event(name, &arguments, frame)?,
                },
                Ok(Packet::Connected | Packet::Ack { .. } | Packet::Other) => {}
                Err(_) => self.inbox.take_unreadable(frame)?,
            }
        }
    }

    /// Called when the frames have ended: the target's refusal, if it was the target that ended them.
    fn ended_before_ready(&self) -> Result<String, ProbeError> {
        let why = self.link.ending.how().to_string();
        if self.link.ending.is_by(EndedBy::Harness) {
            return Err(self.inbox.stop_too_long().into());
        }
        if self.link.ending.is_by(EndedBy::Server) {
            return Ok(format!("the connection was closed: {why}"));
        }
        // A broken connection is not a refusal.
        Err(ProbeError::Broke {
            place: self.inbox.place.to_string(),
            why,
        })
    }

    /// Records the join. With `resume`, what was missed comes before anything newer.
    pub(super) async fn join(
        &mut self,
        ready: Option<u64>,
        resume: Option<u64>,
        mut held: Held,
    ) -> Result<(), RecorderError> {
        let (Some(last), Some(event)) = (resume, self.part.resume.clone()) else {
            return self.inbox.record_join(ready);
        };
        self.inbox.record_join(Some(last))?;
        let (reply, mut acknowledged) = oneshot::channel();
        let asking = self.asking_packet(&event, vec![json!({ "last_seq": last })], reply);
        self.send(asking).await;
        let answer = loop {
            if let Ok(acknowledged) = acknowledged.try_recv() {
                break acknowledged.answer().clone();
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
        missed::record(&answer, &self.inbox)?;
        for frame in held.release() {
            self.hear(frame).await?;
        }
        Ok(())
    }

    pub(super) async fn run(mut self, asked: mpsc::Receiver<Command>) {
        let by_server = self.talk(asked).await;
        self.inbox.record_end(by_server);
    }

    /// Talks until the connection ends. Gives how the server ended it, or nothing if the scenario did.
    async fn talk(&mut self, mut asked: mpsc::Receiver<Command>) -> Option<Closing> {
        let out = self.link.orders.clone();
        loop {
            // A command is taken only once the pump has room for it. If we waited here for room, the pump could be
            // waiting for us.
            let command = async {
                let room = out.reserve().await;
                (room, asked.recv().await)
            };
            tokio::select! {
                frame = self.link.frames.recv() => match frame {
                    Some(frame) => match self.hear(frame).await {
                        Ok(AfterFrame::GoesOn) => {}
                        Ok(AfterFrame::Ends(how)) => return Some(how),
                        // The history takes no more. Nobody has closed anything.
                        Err(_) => return None,
                    },
                    None if self.link.ending.is_by(EndedBy::Harness) => {
                        self.inbox.stop_too_long();
                        return None;
                    }
                    None => return Some(self.link.ending.how()),
                },
                (room, command) = command => {
                    let order = match command {
                        Some(Command::Emit { event, arguments, reply }) => {
                            Order::Text(self.asking_packet(&event, arguments, reply))
                        }
                        Some(Command::Close) => Order::Close,
                        Some(Command::Stall(stalled)) => Order::Stall(stalled),
                        Some(Command::Cut) | None => return None,
                    };
                    let is_over = matches!(order, Order::Close);
                    // If the pump has stopped, the frames end as well.
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

    /// Answers a ping. One answer is enough for many pings, so it does not wait for room: the pump could be waiting
    /// for us.
    fn pong(&self) {
        let _ = self.link.orders.try_send(Order::Text("3".to_owned()));
    }

    /// Takes one frame.
    async fn hear(&mut self, frame: String) -> Result<AfterFrame, RecorderError> {
        match Packet::parse(&frame) {
            Ok(Packet::Ping) => self.pong(),
            Ok(Packet::Event {
                name, arguments, ..
            }) => self.take_event(name, &arguments, frame)?,
            Ok(Packet::Ack { id, arguments }) => {
                if let Some(reply) = self.acks.remove(&id) {
                    // The caller may have given up.
                    let _ = reply.send(Acknowledged { arguments, frame });
                }
            }
            Ok(Packet::Disconnected | Packet::Close | Packet::Refused { .. }) => {
                let packet = excerpt::with_markers(&excerpt::start(&frame), &frame);
                return Ok(AfterFrame::Ends(Closing::from(format!(
                    "packet `{packet}`"
                ))));
            }
            Ok(Packet::Open { .. } | Packet::Connected | Packet::Other) => {}
            Err(_) => self.inbox.take_unreadable(frame)?,
        }
        Ok(AfterFrame::GoesOn)
    }

    fn take_event(
        &self,
        name: String,
        arguments: &[Value],
        frame: String,
    ) -> Result<(), RecorderError> {
        let stamp = Stamp::read(self.part.numbered, arguments);
        self.inbox.take_event(name, stamp, frame)
    }

    /// The packet that emits an event and asks for an acknowledgement.
    fn asking_packet(
        &mut self,
        event: &str,
        arguments: Vec<Value>,
        reply: oneshot::Sender<Acknowledged>,
    ) -> String {
        self.last_id += 1;
        // Callers that have given up no longer need an answer.
        self.acks.retain(|_, reply| !reply.is_closed());
        self.acks.insert(self.last_id, reply);
        let packet: Value = std::iter::once(Value::from(event))
            .chain(arguments)
            .collect();
        format!("42{}{packet}", self.last_id)
    }

    async fn send(&self, text: String) {
        // If the pump has stopped, the frames end as well.
        let _ = self.link.orders.send(Order::Text(text)).await;
    }
}
