//! `rust_socketio`, the client that Rust users have, behind the same face: interoperable, no oracle.
//!
//! Its callbacks only push into a channel, which is always being read: a slow callback would stop its pongs. When
//! the channel is full they wait, and with them the connection: nothing is lost. One acknowledgement is in
//! flight at a time, because its ids are random and few. It shows no frames, so those in the history
//! are put together from what it gives; it cannot be cut or stalled. Of a server's close it tells a packet `41`
//! and an error; of a transport that ends without either it says nothing, and the tab stays open as far as
//! anybody knows.

mod refusal;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use rust_socketio::asynchronous::{Client, ClientBuilder};
use rust_socketio::{Event, Payload, TransportType};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use self::refusal::Cause;
use crate::error::ProbeError;
use crate::excerpt;
use crate::http::browser::Browser;
use crate::recording::RecorderError;
use crate::socket::observer;
use crate::socket::tab::{Acknowledged, Command, Connection, OpenOptions, Seen, Stamp, Transport};

/// How long the library waits for an acknowledgement.
const ACK: Duration = Duration::from_secs(10);

/// Events between the library's callbacks and who records them.
const WAITING: usize = 256;
/// Events that may come while the answer to `resume` is on its way.
const HELD: usize = 100_000;
/// After so long without a connection over polling, we look ourselves for what the library does not show: it asks
/// again and again where a refusal has no body.
const LOOK: Duration = Duration::from_secs(2);

/// What the library's callbacks push.
enum Pushed {
    Event(String, Vec<Value>),
    Error(String),
    Closed,
}

/// An event's name and its arguments.
type Came = (String, Vec<Value>);
type Asked = Pin<Box<dyn Future<Output = Option<Value>> + Send>>;

/// Connects and waits until the socket is ready; the inner error is the target's refusal.
pub(crate) async fn connect(
    browser: &Browser,
    options: &OpenOptions,
    seen: &Arc<Seen>,
) -> Result<Result<Connection, String>, ProbeError> {
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
        refused = refused_later(browser, options, seen) => return Ok(Err(refused)),
    };
    let client = match connected {
        Ok(client) => client,
        Err(error) => return refused_or_error(browser, options, &error, seen).await,
    };
    let resume = options.resume.zip(target.socket.resume.as_deref());
    // What was missed comes before anything newer, also before what comes early.
    let mut held = Vec::new();
    let ready = loop {
        match pushed.recv().await {
            Some(Pushed::Event(name, arguments)) if Some(&name) == target.socket.ready.as_ref() => {
                break arguments
                    .first()
                    .and_then(|ready| ready.get("seq")?.as_u64());
            }
            Some(Pushed::Event(name, arguments)) if resume.is_some() => {
                hold(&mut held, (name, arguments), seen)?;
            }
            Some(Pushed::Event(name, arguments)) => {
                take(seen, target.socket.numbered, name, &arguments)?;
            }
            Some(Pushed::Error(words)) => {
                return match refusal::said(&words) {
                    Some(said) => Ok(Err(said)),
                    None => Err(no_connection(seen, &words)),
                };
            }
            Some(Pushed::Closed) => return Ok(Err("the socket was disconnected".to_owned())),
            None => return Err(no_connection(seen, "the connection ended")),
        }
    };
    let is_whole = join(&client, resume, ready, seen, (&mut pushed, &mut held)).await?;
    // Without what was missed their numbers would tell of a gap that nobody knows of.
    let numbered = target.socket.numbered && is_whole;
    for (name, arguments) in held {
        take(seen, numbered, name, &arguments)?;
    }
    if !is_whole {
        return Err(seen.not_ready(browser, ACK));
    }
    let (commands, asked) = mpsc::channel(64);
    tokio::spawn(run(
        client,
        Arc::clone(seen),
        target.socket.numbered,
        pushed,
        asked,
    ));
    Ok(Ok(Connection {
        commands,
        sid: String::new(),
    }))
}

fn build(
    browser: &Browser,
    options: &OpenOptions,
    push: &mpsc::Sender<Pushed>,
) -> Result<ClientBuilder, ProbeError> {
    let target = &browser.site().target;
    let address = target
        .base
        .join(&target.socket.path)
        .map_or_else(|_| target.base.to_string(), String::from);
    let transport = match options.transport {
        Transport::Websocket => TransportType::Websocket,
        Transport::Polling => TransportType::Polling,
    };
    let (events, errors, closes) = (push.clone(), push.clone(), push.clone());
    let mut builder = ClientBuilder::new(address)
        .transport_type(transport)
        .reconnect(false)
        .on_any(move |event, payload, _| {
            let events = events.clone();
            // The library's name for an event that is called so, and for one without arguments.
            let name = match event {
                Event::Custom(name) => name,
                other => String::from(other),
            };
            // Nobody listens any more only when the tab is gone.
            async move { drop(events.send(Pushed::Event(name, values(payload))).await) }.boxed()
        })
        .on(Event::Error, move |payload, _| {
            let errors = errors.clone();
            async move { drop(errors.send(Pushed::Error(words(payload))).await) }.boxed()
        })
        .on(Event::Close, move |_, _| {
            let closes = closes.clone();
            async move { drop(closes.send(Pushed::Closed).await) }.boxed()
        });
    let url = browser.url(&target.socket.path)?;
    if let Some(cookies) = browser.cookie_header(&url) {
        builder = builder.opening_header("cookie", cookies);
    }
    for (name, value) in &options.headers {
        builder = builder.opening_header(name.as_str(), value.as_str());
    }
    Ok(builder)
}

/// The target's words where it refuses a handshake over polling and the library goes on asking; without an end
/// where there is no refusal.
async fn refused_later(browser: &Browser, options: &OpenOptions, seen: &Seen) -> String {
    if options.transport == Transport::Polling {
        tokio::time::sleep(LOOK).await;
        if let Ok(Some(refused)) = observer::refused_handshake(browser, options, seen).await {
            return refused;
        }
    }
    std::future::pending().await
}

async fn refused_or_error(
    browser: &Browser,
    options: &OpenOptions,
    error: &rust_socketio::Error,
    seen: &Seen,
) -> Result<Result<Connection, String>, ProbeError> {
    match refusal::cause(error) {
        Cause::Status(status) => return Ok(Err(format!("status {status}"))),
        Cause::NoPacket if options.transport == Transport::Polling => {
            let refused = observer::refused_handshake(browser, options, seen).await?;
            if let Some(refused) = refused {
                return Ok(Err(refused));
            }
        }
        Cause::NoPacket | Cause::NoAnswer => {}
    }
    Err(no_connection(seen, &format!("{error:?}")))
}

fn no_connection(seen: &Seen, why: &str) -> ProbeError {
    ProbeError::NoConnection {
        place: seen.place.to_string(),
        why: excerpt::start(why),
    }
}

/// What is newer than what was missed waits for it.
fn hold(held: &mut Vec<Came>, event: Came, seen: &Seen) -> Result<(), RecorderError> {
    if held.len() >= HELD {
        return Err(seen.crowded());
    }
    held.push(event);
    Ok(())
}

/// Writes down the join and what was missed, and holds what is newer; gives whether an answer came in time.
async fn join(
    client: &Client,
    resume: Option<(u64, &str)>,
    ready: Option<u64>,
    seen: &Seen,
    (pushed, held): (&mut mpsc::Receiver<Pushed>, &mut Vec<Came>),
) -> Result<bool, RecorderError> {
    let Some((last, event)) = resume else {
        seen.joined(ready)?;
        return Ok(true);
    };
    seen.joined(Some(last))?;
    let data = json!({ "last_seq": last });
    let since = Instant::now();
    let mut asked = ask(client.clone(), event.to_owned(), data);
    let answer = loop {
        tokio::select! {
            answer = &mut asked => match answer {
                None if since.elapsed() >= ACK => return Ok(false),
                answer => break answer.unwrap_or(Value::Null),
            },
            push = pushed.recv() => match push {
                Some(Pushed::Event(name, arguments)) => hold(held, (name, arguments), seen)?,
                // It is told again by the end of the channel, or by silence.
                Some(Pushed::Error(_) | Pushed::Closed) | None => break Value::Null,
            },
        }
    };
    for entry in answer
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
        let stamp = Stamp {
            queued_at: None,
            ..items.get(1..).map(Stamp::of).unwrap_or_default()
        };
        seen.event(name, stamp, format!("42{entry}"))?;
    }
    Ok(true)
}

async fn run(
    client: Client,
    seen: Arc<Seen>,
    numbered: bool,
    mut pushed: mpsc::Receiver<Pushed>,
    mut asked: mpsc::Receiver<Command>,
) {
    // What comes meanwhile is read: an answer may stand behind it.
    let mut asking: Option<(Asked, oneshot::Sender<Acknowledged>)> = None;
    let by_server = loop {
        tokio::select! {
            answer = answered(&mut asking) => {
                if let (Some((_, reply)), Some(answer)) = (asking.take(), answer) {
                    let frame = format!("43{}", json!([answer]));
                    let _ = reply.send(Acknowledged { answer, frame });
                }
            }
            push = pushed.recv() => match push {
                Some(Pushed::Event(name, arguments)) => {
                    if take(&seen, numbered, name, &arguments).is_err() {
                        break None;
                    }
                }
                Some(Pushed::Error(words)) => break Some(excerpt::start(&words)),
                Some(Pushed::Closed) => break Some("packet `41`".to_owned()),
                None => break Some("the library ended".to_owned()),
            },
            command = asked.recv(), if asking.is_none() => match command {
                Some(Command::Emit { event, data, reply }) => {
                    asking = Some((ask(client.clone(), event, data), reply));
                }
                Some(Command::Stall(_)) => {}
                Some(Command::Close | Command::Cut) | None => break None,
            },
        }
    };
    // A callback that waits for room waits for nobody any more.
    drop(pushed);
    // It may be closed from the other side.
    let _ = client.disconnect().await;
    seen.left(by_server);
}

/// The answer that is waited for; without an end where none is.
async fn answered(asking: &mut Option<(Asked, oneshot::Sender<Acknowledged>)>) -> Option<Value> {
    match asking {
        Some((answer, _)) => answer.await,
        None => std::future::pending().await,
    }
}

fn ask(client: Client, event: String, data: Value) -> Asked {
    Box::pin(async move {
        let (reply, mut answers) = mpsc::channel(1);
        let answered = move |payload: Payload, _: Client| {
            // Only the first answer counts.
            let _ = reply.try_send(values(payload));
            async {}.boxed()
        };
        client
            .emit_with_ack(event, data, ACK, answered)
            .await
            .ok()?;
        let values = tokio::time::timeout(ACK, answers.recv()).await.ok()??;
        // The library wraps an acknowledgement's arguments in one more array.
        match values.into_iter().next()? {
            Value::Array(inner) => inner.into_iter().next(),
            other => Some(other),
        }
    })
}

fn take(
    seen: &Seen,
    numbered: bool,
    name: String,
    arguments: &[Value],
) -> Result<(), RecorderError> {
    let stamp = if numbered {
        Stamp::of(arguments)
    } else {
        Stamp::default()
    };
    let whole: Vec<Value> = std::iter::once(Value::from(name.clone()))
        .chain(arguments.iter().cloned())
        .collect();
    seen.event(name, stamp, format!("42{}", Value::from(whole)))
}

fn values(payload: Payload) -> Vec<Value> {
    match payload {
        Payload::Text(values) => values,
        Payload::Binary(bytes) => vec![Value::from(String::from_utf8_lossy(&bytes).into_owned())],
        #[expect(deprecated, reason = "the library may still give it")]
        Payload::String(text) => vec![Value::from(text)],
    }
}

fn words(payload: Payload) -> String {
    values(payload)
        .iter()
        .map(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
        .collect::<Vec<_>>()
        .join(" ")
}
