//! The library's client, and what its callbacks push.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rust_socketio::asynchronous::{Client, ClientBuilder, ReconnectSettings};
use rust_socketio::{Event, Payload, TransportType};
use serde_json::Value;
use tokio::sync::mpsc;

use super::refusal;
use crate::binary;
use crate::dial::{Dial, DialError, SocketIo, Transport};

/// What the library's callbacks push.
#[derive(Debug)]
pub(super) enum Pushed {
    /// The namespace was granted.
    Opened,
    Event(String, Vec<Value>),
    /// The answer to what was asked with this number.
    Answer {
        number: u64,
        arguments: Vec<Value>,
    },
    /// In the library's words.
    Error(String),
    /// The server left the namespace.
    Closed,
    /// The connection ended.
    Ended,
}

/// A client ready to connect, with the dial's headers.
pub(super) fn build(
    dial: &Dial,
    how: &SocketIo,
    push: &mpsc::Sender<Pushed>,
) -> Result<ClientBuilder, DialError> {
    let address = dial.address()?;
    if address.path() == "/" {
        // It would ask at `/socket.io/`.
        return Err(how.client.cannot("connect to the path `/`").into());
    }
    let headers = dial.header_map()?;
    if headers.len() > headers.keys_len() {
        // Of two it would send one.
        return Err(how.client.cannot("send two headers of one name").into());
    }
    let transport = match how.transport {
        Transport::Upgrade => TransportType::Any,
        Transport::Websocket => TransportType::Websocket,
        Transport::Polling => TransportType::Polling,
    };
    let builder = ClientBuilder::new(address)
        .namespace(how.namespace.as_str())
        .transport_type(transport);
    let mut builder = ending(listening(builder, push), push);
    if let Some(auth) = &how.auth {
        builder = builder.auth(auth.clone());
    }
    for (name, value) in &dial.headers {
        builder = builder.opening_header(name.to_lowercase(), value.as_str());
    }
    Ok(builder)
}

/// Adds the callbacks, which push everything that happens.
///
/// An event that is called `open`, `close` or `error` comes to the callback of the life cycle that is called so as well.
/// What it carries tells them apart.
fn listening(builder: ClientBuilder, push: &mpsc::Sender<Pushed>) -> ClientBuilder {
    let any = push.clone();
    builder
        .on_any(move |event, payload, _| {
            let pushed = Pushed::Event(event.into(), values(payload));
            pushing(&any, pushed)
        })
        .on(Event::Connect, {
            let push = push.clone();
            move |payload, _| pushing(&push, of_life(Pushed::Opened, "open", payload))
        })
        .on(Event::Close, {
            let push = push.clone();
            move |payload, _| pushing(&push, of_life(Pushed::Closed, "close", payload))
        })
        .on(Event::Error, {
            let push = push.clone();
            move |payload, _| {
                let values = values(payload);
                let pushed = match values.as_slice() {
                    [Value::String(words)] if refusal::is_librarys(words) => {
                        Pushed::Error(words.clone())
                    }
                    _ => Pushed::Event("error".to_owned(), values),
                };
                pushing(&push, pushed)
            }
        })
}

/// Of the life cycle where it carries nothing, which the library shows as an empty text.
fn of_life(pushed: Pushed, name: &str, payload: Payload) -> Pushed {
    let values = values(payload);
    match values.as_slice() {
        [Value::String(text)] if text.is_empty() => pushed,
        _ => Pushed::Event(name.to_owned(), values),
    }
}

/// Says when the connection ended.
///
/// The library shows that to nobody, but where it may connect again it asks for the address first. That is where we hear
/// of it. The answer is held back until the pump has said that it wants no connection, and is no address then, so that
/// nothing connects: the one attempt fails, and the library's task ends.
fn ending(builder: ClientBuilder, push: &mpsc::Sender<Pushed>) -> ClientBuilder {
    let push = push.clone();
    builder
        .reconnect(true)
        .max_reconnect_attempts(1)
        .reconnect_delay(1, 1)
        .on_reconnect(move || {
            let push = push.clone();
            async move {
                pushing(&push, Pushed::Ended).await;
                push.closed().await;
                let mut nowhere = ReconnectSettings::new();
                nowhere.address("");
                nowhere
            }
            .boxed()
        })
}

/// Pushing fails only once the pump has ended.
pub(super) fn pushing(push: &mpsc::Sender<Pushed>, pushed: Pushed) -> BoxFuture<'static, ()> {
    let push = push.clone();
    async move { drop(push.send(pushed).await) }.boxed()
}

/// The answer to an event, which the library gives in one more array.
pub(super) fn answer(number: u64, payload: Payload) -> Pushed {
    let arguments = match values(payload).into_iter().next() {
        Some(Value::Array(inner)) => inner,
        other => other.into_iter().collect(),
    };
    Pushed::Answer { number, arguments }
}

/// The arguments of an event or of an acknowledgement.
fn values(payload: Payload) -> Vec<Value> {
    match payload {
        Payload::Text(values) => values,
        Payload::Binary(bytes) => vec![binary::value_of(&bytes)],
        #[expect(deprecated, reason = "the library may still give it")]
        Payload::String(text) => vec![Value::from(text)],
    }
}

/// Emits an event, and pushes its answer where it has a number.
pub(super) async fn emit(
    client: Client,
    push: mpsc::Sender<Pushed>,
    (name, arguments): (String, Vec<Value>),
    asked: Option<(u64, std::time::Duration)>,
) -> Result<(), rust_socketio::Error> {
    // By its own name: the library would turn some names into those of its life cycle.
    let event = Event::Custom(name);
    let Some((number, patience)) = asked else {
        return client.emit(event, arguments).await;
    };
    let answered = move |payload: Payload, _: Client| pushing(&push, answer(number, payload));
    client
        .emit_with_ack(event, arguments, patience, answered)
        .await
}
