//! The library's client, and the messages that its callbacks push.

use futures_util::FutureExt;
use rust_socketio::asynchronous::ClientBuilder;
use rust_socketio::{Event, Payload, TransportType};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::error::ProbeError;
use crate::http::browser::Browser;
use crate::socket::options::{OpenOptions, Transport};

/// What the library's callbacks push.
pub(super) enum Pushed {
    Event(String, Vec<Value>),
    Error(String),
    Closed,
}

/// A client ready to connect, with the browser's cookies and the requested headers.
pub(super) fn build(
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
    let builder = ClientBuilder::new(address)
        .transport_type(transport)
        .reconnect(false);
    let mut builder = listening(builder, push);
    let url = browser.url(&target.socket.path)?;
    if let Some(cookies) = browser.cookie_header(&url) {
        builder = builder.opening_header("cookie", cookies);
    }
    for (name, value) in &options.headers {
        builder = builder.opening_header(name.as_str(), value.as_str());
    }
    Ok(builder)
}

/// Adds the callbacks, which push everything that happens.
fn listening(builder: ClientBuilder, push: &mpsc::Sender<Pushed>) -> ClientBuilder {
    let (events, errors, closes) = (push.clone(), push.clone(), push.clone());
    builder
        .on_any(move |event, payload, _| {
            let events = events.clone();
            // An event that is named like one of the library's own, or that has no arguments, arrives as another
            // variant; this is its name.
            let name = match event {
                Event::Custom(name) => name,
                other => String::from(other),
            };
            // Sending fails only once the tab has ended.
            async move { drop(events.send(Pushed::Event(name, values(payload))).await) }.boxed()
        })
        .on(Event::Error, move |payload, _| {
            let errors = errors.clone();
            async move { drop(errors.send(Pushed::Error(words(payload))).await) }.boxed()
        })
        .on(Event::Close, move |_, _| {
            let closes = closes.clone();
            async move { drop(closes.send(Pushed::Closed).await) }.boxed()
        })
}

/// The arguments of an event or of an acknowledgement.
pub(super) fn values(payload: Payload) -> Vec<Value> {
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
