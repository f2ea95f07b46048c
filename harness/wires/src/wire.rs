//! A wire: what a client holds of a connection.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;

use crate::client::Client;
use crate::conversation::{Asked, Conversation, HandedOver};
use crate::dial::{Dial, DialError, How, Parser, Route};
use crate::incoming::Incoming;
use crate::outgoing::{Emission, Outgoing, SendError};
use crate::packet::attachments::detach;
use crate::packet::socket_io::{Kind, Packet};
use crate::session::{Session, write};
use crate::transport;

/// How long a goodbye may take, with what stands before it.
const PATIENCE: Duration = Duration::from_secs(3);

/// What may wait to be sent. A full channel makes its sender wait.
const WAITING: usize = 256;

/// A connection. Dropping it is a cut; a library that cannot be cut says goodbye. A server that falls silent has not ended it, however long: silence is the
/// caller's to judge.
#[derive(Debug)]
pub struct Wire {
    speaker: Speaker,
    listener: Listener,
}

/// The half that sends. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Speaker {
    language: Language,
    asked: mpsc::Sender<Asked>,
    cut: Arc<Notify>,
}

/// The half that hears. Who does not listen stops the connection from reading: at most 64 MiB wait. Dropping it cuts.
#[derive(Debug)]
pub struct Listener(mpsc::UnboundedReceiver<HandedOver>);

#[derive(Clone, Debug)]
enum Language {
    SocketIo(Parser),
    /// A library speaks, in this namespace.
    Library(Client, Arc<str>),
    Frames,
    /// An answer is only read.
    Silent,
}

/// Connects. What the server answers is `Incoming`, a refusal too. Waits as long as the handshake takes: who has less
/// patience drops it.
///
/// # Errors
/// When there is no connection, or the dial asks for what cannot be sent.
pub async fn connect(dial: &Dial, route: &Route) -> Result<Wire, DialError> {
    let (session, language) = match &dial.how {
        How::SocketIo(how) if how.client != Client::Own => {
            let namespace = how.namespace.as_str().into();
            (None, Language::Library(how.client, namespace))
        }
        How::SocketIo(how) => {
            let session = Session::new(how)?;
            (Some(session), Language::SocketIo(how.parser))
        }
        How::WebSocket { .. } => (None, Language::Frames),
        How::Stream(_) => (None, Language::Silent),
    };
    let opened = transport::open(dial, route).await?;
    let (link, end) = transport::pair();
    // Bounded by the room in the link.
    let (heard, listener) = mpsc::unbounded_channel();
    let (asked, to_do) = mpsc::channel(WAITING);
    let cut = Arc::new(Notify::new());
    let is_cut = Arc::clone(&cut);
    let conversation = Conversation {
        link,
        session,
        heard,
    };
    tokio::spawn(async move {
        let both = async {
            tokio::join!(transport::pump(opened, end), conversation.run(to_do));
        };
        tokio::select! {
            () = both => {}
            () = is_cut.notified() => {}
        }
    });
    Ok(Wire {
        speaker: Speaker {
            language,
            asked,
            cut,
        },
        listener: Listener(listener),
    })
}

impl Wire {
    /// The halves, for two tasks.
    #[must_use]
    pub fn split(self) -> (Speaker, Listener) {
        (self.speaker, self.listener)
    }

    /// What the server says next; nothing once the connection has ended.
    pub async fn next(&mut self) -> Option<Incoming> {
        self.listener.next().await
    }

    /// Sends.
    ///
    /// # Errors
    /// See [`Speaker::send`].
    pub async fn send(&self, outgoing: Outgoing) -> Result<(), SendError> {
        self.speaker.send(outgoing).await
    }

    /// Says goodbye and closes.
    pub async fn close(&self) {
        self.speaker.close().await;
    }

    /// Lets the transport die without a goodbye.
    ///
    /// # Errors
    /// When the client cannot do this.
    pub async fn cut(&self) -> Result<(), SendError> {
        self.speaker.cut().await
    }

    /// Stops or starts reading.
    ///
    /// # Errors
    /// When the connection has ended, or the client cannot do this.
    pub async fn stall(&self, is_stalled: bool) -> Result<(), SendError> {
        self.speaker.stall(is_stalled).await
    }
}

impl Listener {
    /// What the server says next; nothing once the connection has ended.
    pub async fn next(&mut self) -> Option<Incoming> {
        let (incoming, _room) = self.0.recv().await?;
        Some(incoming)
    }
}

impl Speaker {
    /// Sends, in order. It returns when the transport has it in its queue, and not when the server has it.
    ///
    /// # Errors
    /// When the connection has ended, does not speak this, or the packet cannot be written.
    pub async fn send(&self, outgoing: Outgoing) -> Result<(), SendError> {
        let asked = self.written(outgoing)?;
        self.ask(asked).await
    }

    /// Says goodbye, and waits until the server has heard it, for two seconds at most. If the server reads nothing any
    /// more, so that the goodbye cannot be sent, it is a cut after three; a library is left to itself then. What the server still says is heard; `Closed`
    /// is not, because this side asked for it.
    pub async fn close(&self) {
        let closing = async {
            // A connection that has ended is closed.
            let _ = self.ask(Asked::Close).await;
            self.asked.closed().await;
        };
        if timeout(PATIENCE, closing).await.is_err() {
            // A library that cannot be cut goes on saying goodbye, and nobody waits for that.
            let _ = self.cut().await;
        }
    }

    /// Lets the transport die without a goodbye, at once.
    ///
    /// # Errors
    /// When the client cannot do this.
    pub async fn cut(&self) -> Result<(), SendError> {
        if let Language::Library(client, _) = self.language {
            let what = client.cannot("let its connection die without a goodbye");
            return Err(what.into());
        }
        self.cut.notify_one();
        self.asked.closed().await;
        Ok(())
    }

    /// Stops or starts reading. What is sent goes on being sent.
    ///
    /// # Errors
    /// When the connection has ended, or the client cannot do this.
    pub async fn stall(&self, is_stalled: bool) -> Result<(), SendError> {
        if let Language::Library(client, _) = self.language {
            return Err(client.cannot("stop reading").into());
        }
        self.ask(Asked::Stall(is_stalled)).await
    }

    /// Whether the connection has ended. What it said before may still wait to be heard.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.asked.is_closed()
    }

    async fn ask(&self, asked: Asked) -> Result<(), SendError> {
        let sent = self.asked.send(asked).await;
        sent.map_err(|_| SendError::Closed)
    }

    fn written(&self, outgoing: Outgoing) -> Result<Asked, SendError> {
        let parser = match (&self.language, &outgoing) {
            (Language::Library(client, own), _) => return by_library(*client, own, outgoing),
            (Language::Silent, _) => {
                return Err(SendError::Language("anything", "a streamed answer"));
            }
            (Language::SocketIo(parser), _) => *parser,
            (Language::Frames, Outgoing::Frame(_)) => Parser::Json,
            (Language::Frames, _) => {
                return Err(SendError::Language("a Socket.IO packet", "a raw WebSocket"));
            }
        };
        let packet = |namespace: &str, kind| {
            let namespace = namespace.to_owned();
            write(parser, Packet { namespace, kind })
        };
        Ok(match outgoing {
            Outgoing::Event {
                namespace,
                name,
                arguments,
                id,
            } => Asked::Send(packet(
                &namespace,
                Kind::Event {
                    name,
                    arguments,
                    id,
                },
            )?),
            Outgoing::Ack {
                namespace,
                id,
                arguments,
            } => Asked::Send(packet(&namespace, Kind::Ack { id, arguments })?),
            Outgoing::Connect { namespace, auth } => {
                let frames = packet(&namespace, Kind::Connect(auth))?;
                Asked::Connect(namespace, frames)
            }
            Outgoing::Leave { namespace } => {
                let frames = packet(&namespace, Kind::Disconnect)?;
                Asked::Leave(namespace, frames)
            }
            Outgoing::Frame(frame) => Asked::Send(vec![frame]),
        })
    }
}

/// What a library can send: events of its own namespace, and answers to those that it shows.
fn by_library(client: Client, own: &str, outgoing: Outgoing) -> Result<Asked, SendError> {
    let what = match outgoing {
        Outgoing::Event {
            namespace,
            name,
            arguments,
            id,
        } if namespace == own => {
            let mut attachments = Vec::new();
            detach(&mut arguments.clone().into(), &mut attachments)?;
            if !client.emits(&name) {
                "send an event of a name that it keeps for its own"
            } else if !attachments.is_empty() && !client.attaches() {
                "send binary data as it is"
            } else {
                return Ok(Asked::Emit(Emission {
                    name,
                    arguments,
                    id,
                }));
            }
        }
        Outgoing::Ack {
            namespace,
            id,
            arguments,
        } if namespace == own && client.acknowledges() => {
            return Ok(Asked::Answer(id, arguments));
        }
        Outgoing::Event { .. } | Outgoing::Connect { .. } => {
            "speak to a second namespace over one connection"
        }
        Outgoing::Ack { .. } => "acknowledge an event",
        Outgoing::Leave { .. } => "leave its namespace and stay connected",
        Outgoing::Frame(_) => "send a frame",
    };
    Err(client.cannot(what).into())
}
