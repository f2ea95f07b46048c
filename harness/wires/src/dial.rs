//! Where to dial: the address, the headers, and the language that is spoken there.

use std::sync::Arc;

use native_tls::TlsConnector;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use thiserror::Error;
use url::Url;

use crate::children::Children;
use crate::client::Client;
use crate::offer::NotOffered;
use crate::packet::WriteError;

/// The way to a server. The client decides on addresses, on the certificates to trust and on redirects: a handshake of
/// a WebSocket goes through it as well, so one `resolve` and one set of authorities serve every wire.
///
/// It must not have a timeout for whole requests, or it ends every stream.
#[derive(Clone, Debug)]
pub struct Route {
    /// Makes each connection of our own client.
    pub http: reqwest::Client,
    /// Makes those that become WebSockets. Browsers open a new one for each, so it should keep none: between a client and
    /// its server may stand what hands over whole connections.
    pub sockets: reqwest::Client,
    /// How a library connects, which makes its own connections to where the URL leads. None where the HTTP client
    /// connects to another address: a library cannot be told of it.
    pub direct: Option<Direct>,
    /// The clients that are processes of their own.
    pub children: Children,
}

/// The certificates that a library trusts.
#[derive(Clone, Debug)]
pub struct Direct {
    /// For one that is linked.
    pub tls: TlsConnector,
    /// The authority that is trusted besides the usual ones, in PEM: for one that is a process of its own.
    pub trust: Option<Arc<str>>,
}

/// What to connect to. It has no `Debug`, because cookies and tokens stand in it; nor have its parts.
#[derive(Clone)]
pub struct Dial {
    /// Its address: `http`, `https`, `ws` or `wss`.
    pub url: Url,
    /// Headers of each request, cookies and `Origin` included.
    pub headers: Vec<(String, String)>,
    /// Names and values that the query gets besides those of the address.
    pub query: Vec<(String, String)>,
    /// The language.
    pub how: How,
}

/// The language that is spoken.
#[derive(Clone)]
pub enum How {
    /// Socket.IO 5 over Engine.IO 4.
    SocketIo(SocketIo),
    /// Raw frames of a WebSocket.
    WebSocket {
        /// What is offered, in order of preference.
        subprotocols: Vec<String>,
    },
    /// One request, whose answer is read while it comes, by its `Content-Type`: server-sent events, JSON lines, and
    /// everything else as one frame at its end.
    Stream(StreamedAnswer),
}

/// How to speak Socket.IO.
#[derive(Clone)]
pub struct SocketIo {
    /// The first namespace; `/` mostly. `Outgoing::Connect` asks for others.
    pub namespace: String,
    /// What the client authenticates by.
    pub auth: Option<Value>,
    /// The form of the packets.
    pub parser: Parser,
    /// How they travel.
    pub transport: Transport,
    /// The session to go on with.
    pub recovery: Option<Recovery>,
    /// Who speaks.
    pub client: Client,
}

impl Default for SocketIo {
    fn default() -> Self {
        Self {
            namespace: "/".to_owned(),
            auth: None,
            parser: Parser::Json,
            transport: Transport::Upgrade,
            recovery: None,
            client: Client::Own,
        }
    }
}

/// The form of Socket.IO's packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parser {
    /// Text with attachments.
    #[default]
    Json,
    /// `socket.io-msgpack-parser`.
    MessagePack,
}

/// How Socket.IO's packets travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Over polls, and then over a WebSocket where the server offers it, as official clients do.
    #[default]
    Upgrade,
    /// Over a WebSocket from the start.
    Websocket,
    /// Over polls.
    Polling,
}

/// A session that ended and goes on, by what a server with `connectionStateRecovery` said in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Of `Opened`.
    pub pid: String,
    /// Of the last event that was seen.
    pub offset: String,
}

/// The request whose answer is read.
#[derive(Clone, Default)]
pub struct StreamedAnswer {
    /// Its method; `GET` where it is empty.
    pub method: String,
    /// Its body. Its type is one of the headers.
    pub body: Option<Vec<u8>>,
    /// The id to go on after.
    pub last_event_id: Option<String>,
}

/// Why there is no connection. What a server *answered* is no error, but `Incoming::Refused`.
#[derive(Debug, Error)]
pub enum DialError {
    /// Nothing can be asked in this way. It says what, and no value: that may be a secret.
    #[error("{0} cannot be sent")]
    Unsendable(String),
    /// The first packet cannot be written.
    #[error(transparent)]
    Packet(#[from] WriteError),
    /// There is no connection, or what came over it is no handshake.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// The client that shall speak cannot do this.
    #[error(transparent)]
    NotOffered(#[from] NotOffered),
}

impl Dial {
    /// The headers of each request.
    pub(crate) fn header_map(&self) -> Result<HeaderMap, DialError> {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            map.append(header_name(name)?, header_value(name, value)?);
        }
        Ok(map)
    }

    /// The address with its query, as HTTP.
    pub(crate) fn address(&self) -> Result<Url, DialError> {
        let unsendable = || DialError::Unsendable(format!("a request to `{}:`", self.url.scheme()));
        let http = match self.url.scheme() {
            "http" | "ws" => "http",
            "https" | "wss" => "https",
            _ => return Err(unsendable()),
        };
        let mut url = self.url.clone();
        url.set_scheme(http).map_err(|()| unsendable())?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }
}

fn header_name(name: &str) -> Result<HeaderName, DialError> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable(name))
}

/// The value of this header.
pub(crate) fn header_value(name: &str, value: &str) -> Result<HeaderValue, DialError> {
    HeaderValue::from_str(value).map_err(|_| unsendable(name))
}

fn unsendable(name: &str) -> DialError {
    DialError::Unsendable(format!("the header {name:?}"))
}
