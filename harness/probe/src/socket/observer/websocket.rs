//! A WebSocket, and the pump that moves its frames.

use evidence::Place;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

use super::link::{EndedBy, Link, Order, PumpEnd, pair};
use crate::error::ProbeError;
use crate::excerpt;
use crate::http::browser::Browser;
use crate::recording::LONGEST;
use crate::socket::closing::Closing;
use crate::socket::connection::Opening;
use crate::socket::handshake::{address, headers};
use crate::socket::options::{OpenOptions, Transport};

/// Connects; the handshake's status is the target's refusal.
pub(super) async fn connect(
    browser: &Browser,
    options: &OpenOptions,
    place: &Place,
) -> Opening<Link> {
    let no_connection = |why: String| ProbeError::NoConnection {
        place: place.to_string(),
        why,
    };
    let url = address(browser, Transport::Websocket)?;
    let mut request = url
        .as_str()
        .into_client_request()
        .map_err(|error| no_connection(error.to_string()))?;
    request.headers_mut().extend(headers(browser, options)?);
    let route = &browser.site().route;
    let tcp = route.connect(&url).await;
    let tcp = tcp.map_err(|error| no_connection(error.to_string()))?;
    let tls = Some(route.connector());
    let stream = match client_async_tls_with_config(request, tcp, Some(config()), tls).await {
        Ok((stream, _)) => stream,
        Err(WsError::Http(answer)) => {
            let body = answer.body().as_deref().map(String::from_utf8_lossy);
            let body = body.unwrap_or_default();
            let status = answer.status().as_u16();
            return Ok(Err(format!("status {status} {}", body.trim())));
        }
        Err(error) => return Err(no_connection(error.to_string())),
    };
    let (link, end) = pair();
    tokio::spawn(pump(stream, end));
    Ok(Ok(link))
}

/// Small buffers, so that a thousand connections fit into one process.
fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_frame_size(Some(LONGEST))
        .max_message_size(Some(LONGEST))
}

/// Moves frames until the connection ends. If a write fails, the server's last frames are read first, and the failure
/// is reported after them.
async fn pump(mut stream: WebSocketStream<MaybeTlsStream<TcpStream>>, mut end: PumpEnd) {
    let (mut stalled, mut broken) = (false, None);
    loop {
        tokio::select! {
            message = stream.next(), if !stalled => match read(message) {
                Read::Frame(text) => if end.to_conversation.send(text).await.is_err() {
                    return;
                },
                Read::Nothing => {}
                Read::End(EndedBy::Nobody, how) => {
                    return end.ending.say(EndedBy::Nobody, broken.unwrap_or(how));
                }
                Read::End(by, how) => return end.ending.say(by, how),
            },
            order = end.orders.recv() => match order {
                Some(Order::Text(_)) if broken.is_some() => {}
                Some(Order::Text(text)) => {
                    if let Err(error) = stream.send(Message::text(text)).await {
                        if stalled {
                            return end.ending.say(EndedBy::Nobody, error.to_string().into());
                        }
                        broken = Some(Closing::from(error.to_string()));
                    }
                }
                Some(Order::Close) => {
                    // These fail only if the other side has already closed.
                    let _ = stream.send(Message::text("41")).await;
                    let _ = stream.close(None).await;
                    return;
                }
                Some(Order::Stall(stall)) => stalled = stall,
                // Cut: the stream is dropped without a goodbye.
                None => return,
            },
        }
    }
}

/// What was read from the WebSocket.
enum Read {
    Frame(String),
    /// A control message, which is not a frame of the conversation.
    Nothing,
    End(EndedBy, Closing),
}

fn read(message: Option<Result<Message, WsError>>) -> Read {
    match message {
        Some(Ok(Message::Text(text))) => Read::Frame(text.as_str().to_owned()),
        Some(Ok(Message::Binary(bytes))) => {
            Read::Frame(String::from_utf8_lossy(&bytes).into_owned())
        }
        Some(Ok(Message::Close(frame))) => Read::End(EndedBy::Server, close_frame(frame.as_ref())),
        Some(Ok(_)) => Read::Nothing,
        Some(Err(error @ WsError::Capacity(_))) => {
            Read::End(EndedBy::Harness, error.to_string().into())
        }
        Some(Err(error)) => Read::End(EndedBy::Nobody, error.to_string().into()),
        None => Read::End(EndedBy::Nobody, "no close frame".to_owned().into()),
    }
}

/// A WebSocket close: as text it is `close frame 1008 (policy)`.
fn close_frame(frame: Option<&CloseFrame>) -> Closing {
    let Some(frame) = frame else {
        return "a close frame without a code".to_owned().into();
    };
    let (code, text) = (u16::from(frame.code), frame.reason.as_str());
    let told = if text.is_empty() {
        format!("close frame {code}")
    } else {
        let reason = excerpt::with_markers(&excerpt::start(text), text);
        format!("close frame {code} ({reason})")
    };
    Closing::with_code(told, code, text)
}
