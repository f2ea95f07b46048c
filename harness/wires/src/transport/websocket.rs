//! A WebSocket: its handshake, and the pump that moves its frames.
//!
//! The handshake goes through the HTTP client, like every other request: it knows addresses and certificates, and a
//! refusal has its whole body. Only then tungstenite takes the connection over. It does not know permessage-deflate,
//! which is never offered, so that a server sends plain frames; a server that compresses all the same is named.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use reqwest::header::{
    CONNECTION, HeaderMap, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use reqwest::{Response, StatusCode, Upgraded};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use url::Url;

use super::http::{Opening, head, innermost, refusal};
use super::link::{Order, Out, PumpEnd};
use crate::bounds::LONGEST;
use crate::dial::{DialError, header_value};
use crate::frame::Frame;
use crate::incoming::{Answer, EndedBy, Ending, Incoming, start};

/// How long the server's goodbye is waited for.
pub(super) const GOODBYE: Duration = Duration::from_secs(2);

const DEFLATE: &str = "the target insists on permessage-deflate, which this client does not speak";

type Stream = WebSocketStream<Upgraded>;

/// A WebSocket that is open.
pub(crate) struct Socket {
    pub(super) stream: Stream,
    /// The answer that granted it; none where it was an upgrade in the midst of a conversation.
    pub(super) answer: Option<Answer>,
}

/// Connects, or says how the server refused.
pub(super) async fn connect(
    http: &reqwest::Client,
    address: Url,
    headers: HeaderMap,
    subprotocols: &[String],
) -> Opening<Socket> {
    let key = generate_key();
    let mut request = http
        .get(address)
        .headers(headers)
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_VERSION, "13")
        .header(SEC_WEBSOCKET_KEY, &key);
    if !subprotocols.is_empty() {
        let offered = header_value("sec-websocket-protocol", &subprotocols.join(", "))?;
        request = request.header(SEC_WEBSOCKET_PROTOCOL, offered);
    }
    let no_connection = |error: reqwest::Error| DialError::NoConnection(innermost(&error));
    let answer = request.send().await.map_err(no_connection)?;
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(Err(refusal(answer).await));
    }
    check(&answer, &key, subprotocols).map_err(DialError::NoConnection)?;
    let head = head(&answer);
    let upgraded = answer.upgrade().await.map_err(no_connection)?;
    let stream = WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config())).await;
    Ok(Ok(Socket {
        stream,
        answer: Some(head),
    }))
}

/// Small buffers, so that a thousand connections fit into one process.
fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_frame_size(Some(LONGEST))
        .max_message_size(Some(LONGEST))
}

/// Whether an answer with status 101 is what a WebSocket's handshake asks for.
fn check(answer: &Response, key: &str, subprotocols: &[String]) -> Result<(), String> {
    let header = |name| {
        let value = answer.headers().get(name)?;
        value.to_str().ok()
    };
    if header(SEC_WEBSOCKET_ACCEPT) != Some(derive_accept_key(key.as_bytes()).as_str()) {
        return Err("the answer to the handshake has no right Sec-WebSocket-Accept".to_owned());
    }
    if let Some(extensions) = header(SEC_WEBSOCKET_EXTENSIONS) {
        let named = extensions.contains("permessage-deflate");
        return Err(if named {
            DEFLATE.to_owned()
        } else {
            format!("the target insists on the extension {}", start(extensions))
        });
    }
    match header(SEC_WEBSOCKET_PROTOCOL) {
        Some(chosen) if !subprotocols.iter().any(|offered| offered == chosen) => Err(format!(
            "the target chose the subprotocol `{}`, which was not offered",
            start(chosen)
        )),
        _ => Ok(()),
    }
}

/// What a pump has still to do.
struct Pump {
    sink: SplitSink<Stream, Message>,
    stream: SplitStream<Stream>,
    to_send: VecDeque<Message>,
    is_unsent: bool,
    is_stalled: bool,
    /// Nothing can be sent any more. The server's last frames are still read, and then how it ended.
    is_broken: bool,
    /// Until when the server's goodbye is waited for.
    until: Option<Instant>,
}

impl Socket {
    /// Moves frames until the connection ends.
    pub(super) async fn pump(self, mut end: PumpEnd) {
        if let Some(answer) = self.answer {
            end.out.take_said(0, Incoming::Answered(answer));
        }
        let (sink, stream) = self.stream.split();
        let mut pump = Pump {
            sink,
            stream,
            to_send: VecDeque::new(),
            is_unsent: false,
            is_stalled: false,
            is_broken: false,
            until: None,
        };
        pump.run(&mut end).await;
    }
}

impl Pump {
    async fn run(&mut self, end: &mut PumpEnd) {
        let PumpEnd { orders, out } = end;
        loop {
            let until = self.until;
            tokio::select! {
                () = out.deliver(), if out.is_behind() => {}
                message = self.stream.next(), if !self.is_stalled && !out.is_behind() => {
                    match read(message) {
                        Read::Frame(frame) => out.take(frame),
                        Read::Nothing => {}
                        Read::End(ending) => return self.end(out, ending).await,
                    }
                }
                sent = send(&mut self.sink, &mut self.to_send),
                    if self.is_unsent && !self.is_broken =>
                {
                    self.is_unsent = false;
                    if let Err(error) = sent {
                        if self.is_stalled {
                            let ending = Ending::new(EndedBy::Nobody, words(&error));
                            return out.end(ending).await;
                        }
                        self.is_broken = true;
                    }
                }
                order = orders.recv(), if !self.is_unsent && until.is_none() => match order {
                    Some(order) => self.obey(order),
                    // Cut: the stream is dropped without a goodbye.
                    None => return,
                },
                () = expired(until) => return,
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Send(frames) => self.line_up(frames),
            Order::Emit(_) | Order::Answer(..) => {}
            Order::Close(frames) => {
                self.line_up(frames);
                self.to_send.push_back(Message::Close(None));
                self.is_stalled = false;
                self.until = Some(Instant::now() + GOODBYE);
            }
            Order::Stall(is_stalled) => self.is_stalled = is_stalled,
        }
        self.is_unsent = !self.is_broken && !self.to_send.is_empty();
    }

    fn line_up(&mut self, frames: Vec<Frame>) {
        if !self.is_broken {
            self.to_send.extend(frames.into_iter().map(message));
        }
    }

    /// Says how it ended, and answers the server's goodbye.
    async fn end(&mut self, out: &mut Out, ending: Ending) {
        let is_by_server = ending.by == EndedBy::Server;
        out.end(ending).await;
        if is_by_server {
            // Reading on sends the answer. Who does not close after it is not waited for.
            let _ = timeout(GOODBYE, async {
                while self.stream.next().await.is_some() {}
            })
            .await;
        }
    }
}

/// The moment when nothing is waited for any more; never without one.
pub(super) async fn expired(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// Sends what is lined up. May be dropped at any time: what was not taken over is still lined up.
async fn send(
    sink: &mut SplitSink<Stream, Message>,
    to_send: &mut VecDeque<Message>,
) -> Result<(), WsError> {
    while !to_send.is_empty() {
        poll_fn(|context| sink.poll_ready_unpin(context)).await?;
        if let Some(message) = to_send.pop_front() {
            sink.start_send_unpin(message)?;
        }
    }
    sink.flush().await
}

fn message(frame: Frame) -> Message {
    match frame {
        Frame::Text(text) => Message::text(text),
        Frame::Binary(bytes) => Message::Binary(bytes),
    }
}

/// What was read.
enum Read {
    Frame(Frame),
    /// A control message, which tungstenite has answered.
    Nothing,
    End(Ending),
}

fn read(message: Option<Result<Message, WsError>>) -> Read {
    match message {
        Some(Ok(Message::Text(text))) => Read::Frame(Frame::text(text.as_str())),
        Some(Ok(Message::Binary(bytes))) => Read::Frame(Frame::Binary(bytes)),
        Some(Ok(Message::Close(frame))) => Read::End(closed(frame.as_ref())),
        Some(Ok(_)) => Read::Nothing,
        Some(Err(error @ WsError::Capacity(_))) => {
            Read::End(Ending::new(EndedBy::Harness, words(&error)))
        }
        Some(Err(error)) => Read::End(Ending::new(EndedBy::Nobody, words(&error))),
        None => Read::End(Ending::new(EndedBy::Nobody, UNSAID)),
    }
}

const UNSAID: &str = "the connection ended without a close frame";

fn words(error: &WsError) -> String {
    match error {
        WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        | WsError::ConnectionClosed
        | WsError::AlreadyClosed => UNSAID.to_owned(),
        WsError::Protocol(ProtocolError::NonZeroReservedBits) => {
            format!("protocol error: {DEFLATE}")
        }
        WsError::Protocol(error) => format!("protocol error: {error}"),
        WsError::Capacity(error) => {
            format!("a message is longer than {} MiB: {error}", LONGEST >> 20)
        }
        WsError::Io(error) => format!("the connection broke: {error}"),
        error => error.to_string(),
    }
}

/// A close frame as text: `close frame 1008 (policy)`.
fn closed(frame: Option<&CloseFrame>) -> Ending {
    let Some(frame) = frame else {
        return Ending::new(EndedBy::Server, "a close frame without a code");
    };
    let code = u16::from(frame.code);
    let how = match frame.reason.as_str() {
        "" => format!("close frame {code}"),
        reason => format!("close frame {code} ({})", start(reason)),
    };
    Ending {
        by: EndedBy::Server,
        code: Some(code),
        how,
    }
}
