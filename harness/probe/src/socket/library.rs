//! `rust_socketio`, the client that Rust users have, behind the same interface as the observer. It shows that the
//! target works with it; it is not the judge's source of truth.
//!
//! Its callbacks only push into a channel that is always being read, because a slow callback would delay its pongs.
//! When the channel is full they wait, and the connection with them: nothing is lost. One acknowledgement is in flight
//! at a time, because the library's ids are random and few. It shows no frames, so the frames in the history are put
//! together from what it gives. It cannot be cut or stalled. If the server closes the connection, it reports a packet
//! `41` or an error. If the transport ends without either, it reports nothing, and the tab counts as open.

mod refusal;

mod client;

mod asking;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rust_socketio::asynchronous::Client;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use self::asking::{PendingAnswer, ask};
use self::client::{Pushed, build};
use self::refusal::Cause;
use super::closing::Closing;
use super::connection::{ACK, Acknowledged, Command, Connection, DISCONNECTED, Opening};
use super::inbox::Inbox;
use super::options::{OpenOptions, Transport};
use super::stamp::{self, Stamp};
use super::{handshake, missed};
use crate::error::ProbeError;
use crate::excerpt;
use crate::http::browser::Browser;
use crate::recording::RecorderError;
use crate::target::SocketPart;

/// Events that may wait between the library's callbacks and the task that records them.
const WAITING: usize = 256;
/// Events that may arrive before the answer to `resume`.
const HELD: usize = 100_000;
/// If there is no connection over polling after this time, we ask the target ourselves: the library does not show a
/// refusal without a body, but asks again and again.
const LOOK: Duration = Duration::from_secs(2);

/// An event's name and its arguments.
type EarlyEvent = (String, Vec<Value>);

/// Connects, and waits until the socket is ready. The inner error is the target's refusal.
pub(super) async fn connect(
    browser: &Browser,
    options: &OpenOptions,
    inbox: &Arc<Inbox>,
) -> Opening<Connection> {
    let target = &browser.site().target;
    let route = &browser.site().route;
    if route.connect_to().is_some() {
        return Err(ProbeError::NotOffered("connect to another address"));
    }
    let (push, mut pushed) = mpsc::channel(WAITING);
    let connecting = build(browser, options, &push)?
        .tls_config(route.tls())
        .connect();
    let connected = tokio::select! {
        connected = connecting => connected,
        refused = refused_later(browser, options, inbox) => return Ok(Err(refused)),
    };
    let client = match connected {
        Ok(client) => client,
        Err(error) => return refused_or_error(browser, options, &error, inbox).await,
    };
    let part = &target.socket;
    let resume = options.resume.zip(part.resume.as_deref());
    // What was missed comes before anything newer, and before what comes early.
    let mut held = Vec::new();
    let early = resume.map(|_| &mut held);
    let ready = match until_ready(part, &mut pushed, early, inbox).await? {
        Ok(ready) => ready,
        Err(refused) => return Ok(Err(refused)),
    };
    let is_whole = join(&client, resume, ready, inbox, (&mut pushed, &mut held)).await?;
    // Without what was missed, their numbers would suggest a gap that nobody knows of.
    let numbered = part.numbered && is_whole;
    for (name, arguments) in held {
        take_event(inbox, numbered, name, &arguments)?;
    }
    if !is_whole {
        return Err(inbox.not_ready(part, ACK));
    }
    let (commands, asked) = mpsc::channel(64);
    tokio::spawn(run(client, Arc::clone(inbox), part.numbered, pushed, asked));
    Ok(Ok(Connection {
        commands,
        sid: String::new(),
    }))
}

/// Waits for the event that says that the socket is ready. Gives the number before the first event. What comes earlier
/// is held if something was missed before it.
async fn until_ready(
    part: &SocketPart,
    pushed: &mut mpsc::Receiver<Pushed>,
    mut held: Option<&mut Vec<EarlyEvent>>,
    inbox: &Inbox,
) -> Opening<Option<u64>> {
    loop {
        match pushed.recv().await {
            Some(Pushed::Event(name, arguments)) if Some(&name) == part.ready.as_ref() => {
                return Ok(Ok(stamp::number_before(&arguments)));
            }
            Some(Pushed::Event(name, arguments)) => match &mut held {
                Some(held) => hold(held, (name, arguments), inbox)?,
                None => take_event(inbox, part.numbered, name, &arguments)?,
            },
            Some(Pushed::Error(words)) => {
                return match refusal::said(&words) {
                    Some(said) => Ok(Err(said)),
                    None => Err(no_connection(inbox, &words)),
                };
            }
            Some(Pushed::Closed) => return Ok(Err(DISCONNECTED.to_owned())),
            None => return Err(no_connection(inbox, "the connection ended")),
        }
    }
}

/// What the target says, if it refuses a handshake over polling and the library keeps asking. Never ends if there is
/// no refusal.
async fn refused_later(browser: &Browser, options: &OpenOptions, inbox: &Inbox) -> String {
    if options.transport == Transport::Polling {
        tokio::time::sleep(LOOK).await;
        if let Ok(Some(refused)) = handshake::refusal(browser, options, &inbox.place).await {
            return refused;
        }
    }
    std::future::pending().await
}

async fn refused_or_error(
    browser: &Browser,
    options: &OpenOptions,
    error: &rust_socketio::Error,
    inbox: &Inbox,
) -> Opening<Connection> {
    match refusal::cause(error) {
        Cause::Status(status) => return Ok(Err(format!("status {status}"))),
        Cause::NoPacket if options.transport == Transport::Polling => {
            let refused = handshake::refusal(browser, options, &inbox.place).await?;
            if let Some(refused) = refused {
                return Ok(Err(refused));
            }
        }
        Cause::NoPacket | Cause::NoAnswer => {}
    }
    Err(no_connection(inbox, &format!("{error:?}")))
}

fn no_connection(inbox: &Inbox, why: &str) -> ProbeError {
    ProbeError::NoConnection {
        place: inbox.place.to_string(),
        why: excerpt::start(why),
    }
}

/// Holds an event that is newer than what was missed.
fn hold(held: &mut Vec<EarlyEvent>, event: EarlyEvent, inbox: &Inbox) -> Result<(), RecorderError> {
    if held.len() >= HELD {
        return Err(inbox.stop_crowded());
    }
    held.push(event);
    Ok(())
}

/// Records the join and what was missed, and holds what is newer. Gives whether an answer came in time.
async fn join(
    client: &Client,
    resume: Option<(u64, &str)>,
    ready: Option<u64>,
    inbox: &Inbox,
    (pushed, held): (&mut mpsc::Receiver<Pushed>, &mut Vec<EarlyEvent>),
) -> Result<bool, RecorderError> {
    let Some((last, event)) = resume else {
        inbox.record_join(ready)?;
        return Ok(true);
    };
    inbox.record_join(Some(last))?;
    let data = json!({ "last_seq": last });
    let since = Instant::now();
    let mut asked = ask(client.clone(), event.to_owned(), vec![data]);
    let answer = loop {
        tokio::select! {
            answer = &mut asked => match answer {
                None if since.elapsed() >= ACK => return Ok(false),
                answer => break answer.into_iter().flatten().next().unwrap_or(Value::Null),
            },
            push = pushed.recv() => match push {
                Some(Pushed::Event(name, arguments)) => hold(held, (name, arguments), inbox)?,
                // The end of the channel, or silence, will show it again.
                Some(Pushed::Error(_) | Pushed::Closed) | None => break Value::Null,
            },
        }
    };
    missed::record(&answer, inbox)?;
    Ok(true)
}

async fn run(
    client: Client,
    inbox: Arc<Inbox>,
    numbered: bool,
    mut pushed: mpsc::Receiver<Pushed>,
    mut asked: mpsc::Receiver<Command>,
) {
    // Events are read in the meantime, because an answer may be behind them.
    let mut asking: Option<(PendingAnswer, oneshot::Sender<Acknowledged>)> = None;
    let by_server = loop {
        tokio::select! {
            answer = answered(&mut asking) => {
                if let (Some((_, reply)), Some(arguments)) = (asking.take(), answer) {
                    let frame = format!("43{}", json!(arguments));
                    let _ = reply.send(Acknowledged { arguments, frame });
                }
            }
            push = pushed.recv() => match push {
                Some(Pushed::Event(name, arguments)) => {
                    if take_event(&inbox, numbered, name, &arguments).is_err() {
                        break None;
                    }
                }
                Some(Pushed::Error(words)) => break Some(Closing::from(excerpt::start(&words))),
                Some(Pushed::Closed) => break Some(Closing::from("packet `41`".to_owned())),
                None => break Some(Closing::from("the library ended".to_owned())),
            },
            command = asked.recv(), if asking.is_none() => match command {
                Some(Command::Emit { event, arguments, reply }) => {
                    asking = Some((ask(client.clone(), event, arguments), reply));
                }
                Some(Command::Stall(_)) => {}
                Some(Command::Close | Command::Cut) | None => break None,
            },
        }
    };
    // No callback has to wait for room any more.
    drop(pushed);
    // This fails if the other side has closed it.
    let _ = client.disconnect().await;
    inbox.record_end(by_server);
}

/// The answer to the emit in flight. Never ends if there is none.
async fn answered(
    asking: &mut Option<(PendingAnswer, oneshot::Sender<Acknowledged>)>,
) -> Option<Vec<Value>> {
    match asking {
        Some((answer, _)) => answer.await,
        None => std::future::pending().await,
    }
}

fn take_event(
    inbox: &Inbox,
    numbered: bool,
    name: String,
    arguments: &[Value],
) -> Result<(), RecorderError> {
    let stamp = Stamp::read(numbered, arguments);
    let whole: Vec<Value> = std::iter::once(Value::from(name.clone()))
        .chain(arguments.iter().cloned())
        .collect();
    inbox.take_event(name, stamp, format!("42{}", Value::from(whole)))
}
