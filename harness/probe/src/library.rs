//! `rust_socketio`, the client that Rust users have, behind the same face: interoperable, no oracle.
//!
//! Its callbacks only push into a channel: a slow one would stop its pongs. One acknowledgement is in
//! flight at a time, because its ids are random and few. It shows no frames, so those in the history
//! are put together from what it gives; it cannot be cut or stalled.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use rust_socketio::asynchronous::{Client, ClientBuilder};
use rust_socketio::{Event, Payload, TransportType};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::ask::ProbeError;
use crate::http::Browser;
use crate::recorder::RecorderError;
use crate::tab::{Acknowledged, Command, Connection, OpenOptions, Seen, Stamp, Transport};

/// How long the library waits for an acknowledgement.
const ACK: Duration = Duration::from_secs(10);

/// What the library's callbacks push.
enum Pushed {
    Event(String, Vec<Value>),
    Refused(String),
    Closed,
}

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
    let (push, mut pushed) = mpsc::unbounded_channel();
    let client = match build(browser, options, &push)
        .tls_config(route.tls())
        .connect()
        .await
    {
        Ok(client) => client,
        Err(error) => return refused_or_error(&error, seen),
    };
    let ready = loop {
        match pushed.recv().await {
            Some(Pushed::Event(name, arguments)) if Some(&name) == target.socket.ready.as_ref() => {
                break arguments
                    .first()
                    .and_then(|ready| ready.get("seq")?.as_u64());
            }
            Some(Pushed::Event(name, arguments)) => {
                take(seen, target.socket.numbered, name, &arguments)?;
            }
            Some(Pushed::Refused(reason)) => return Ok(Err(reason)),
            Some(Pushed::Closed) | None => return Ok(Err("the connection was closed".to_owned())),
        }
    };
    join(
        &client,
        options.resume.zip(target.socket.resume.as_deref()),
        ready,
        seen,
    )
    .await?;
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
    push: &mpsc::UnboundedSender<Pushed>,
) -> ClientBuilder {
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
            if let Event::Custom(name) = event {
                // Nobody listens any more only when the tab is gone.
                let _ = events.send(Pushed::Event(name, values(payload)));
            }
            async {}.boxed()
        })
        .on(Event::Error, move |payload, _| {
            let _ = errors.send(Pushed::Refused(words(payload)));
            async {}.boxed()
        })
        .on(Event::Close, move |_, _| {
            let _ = closes.send(Pushed::Closed);
            async {}.boxed()
        });
    if let Some(cookies) = browser.cookie_header() {
        builder = builder.opening_header("cookie", cookies);
    }
    for (name, value) in &options.headers {
        builder = builder.opening_header(name.as_str(), value.as_str());
    }
    builder
}

/// The library tells a refusal from a broken line only by its words.
fn refused_or_error(
    error: &rust_socketio::Error,
    seen: &Seen,
) -> Result<Result<Connection, String>, ProbeError> {
    let words = format!("{error:?}");
    // Over polling it reads the refusal's body as a packet and shows no status.
    if words.contains("InvalidPacketId") {
        return Ok(Err("no Engine.IO answer".to_owned()));
    }
    let refused = ["401", "403", "404", "503"]
        .into_iter()
        .find(|status| words.contains(status));
    match refused {
        Some(status) => Ok(Err(format!("status {status}"))),
        None => Err(ProbeError::NoConnection {
            place: seen.place.to_string(),
            why: format!("{error:?}"),
        }),
    }
}

async fn join(
    client: &Client,
    resume: Option<(u64, &str)>,
    ready: Option<u64>,
    seen: &Seen,
) -> Result<(), RecorderError> {
    let Some((last, event)) = resume else {
        return seen.joined(ready);
    };
    seen.joined(Some(last))?;
    // What is newer waits in the channel meanwhile.
    let answer = ask(client, event, json!({ "last_seq": last }))
        .await
        .unwrap_or(Value::Null);
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
    Ok(())
}

async fn run(
    client: Client,
    seen: Arc<Seen>,
    numbered: bool,
    mut pushed: mpsc::UnboundedReceiver<Pushed>,
    mut asked: mpsc::Receiver<Command>,
) {
    loop {
        tokio::select! {
            push = pushed.recv() => match push {
                Some(Pushed::Event(name, arguments)) => {
                    if take(&seen, numbered, name, &arguments).is_err() {
                        break;
                    }
                }
                Some(Pushed::Refused(_) | Pushed::Closed) | None => break,
            },
            command = asked.recv() => match command {
                Some(Command::Emit { event, data, reply }) => {
                    if let Some(answer) = ask(&client, &event, data).await {
                        let frame = format!("43{}", json!([answer]));
                        let _ = reply.send(Acknowledged { answer, frame });
                    }
                }
                Some(Command::Stall(_)) => {}
                Some(Command::Close | Command::Cut) | None => break,
            },
        }
    }
    // It may be closed from the other side.
    let _ = client.disconnect().await;
    seen.left();
}

async fn ask(client: &Client, event: &str, data: Value) -> Option<Value> {
    let (reply, mut answers) = mpsc::unbounded_channel();
    let answered = move |payload: Payload, _: Client| {
        let _ = reply.send(values(payload));
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
