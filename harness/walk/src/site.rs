//! A target at an address, and the connections that its browsers share.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, ClientBuilder};
use targets::Target;
use targets::file::socket::ResumeBy;
use url::Url;
use wires::{Children, Direct};

use crate::error::WalkError;
use crate::lock::lock;
use crate::pace::Pace;

/// How long an answer, an acknowledgement or an awaited event may take where the file says nothing.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// How long a connection may be idle and still be used again. A server closes an idle connection whenever it likes, and
/// a request sent just then gets no answer. Of the known servers gunicorn is the quickest, after 2 s.
const IDLE: Duration = Duration::from_secs(1);

/// Names of events that are kept.
const EVENTS: usize = 1000;

/// Makes clients that know the way: addresses, and the certificates to trust.
pub struct Way {
    http: Box<dyn Fn() -> ClientBuilder + Send + Sync>,
    direct: Option<Direct>,
}

/// A way for our own client alone.
impl<F: Fn() -> ClientBuilder + Send + Sync + 'static> From<Box<F>> for Way {
    fn from(http: Box<F>) -> Self {
        Self { http, direct: None }
    }
}

impl Way {
    /// A way that a client library can go as well, with these certificates: it leads to where the URLs say.
    #[must_use]
    pub fn or_direct(self, direct: Direct) -> Self {
        let direct = Some(direct);
        Self { direct, ..self }
    }
}

/// A target at an address.
pub struct Site {
    /// What its file says.
    pub target: Target,
    /// Where it is.
    pub base: Url,
    way: Way,
    clients: Mutex<Clients>,
    /// The clients that are processes of their own.
    children: Mutex<Children>,
    /// Events that have a number by which tabs come back.
    counted: Mutex<BTreeSet<String>>,
    pub(crate) pace: Pace,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site")
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Site {
    /// A site that has not been contacted yet.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(target: Target, base: Url, way: impl Into<Way>) -> Result<Arc<Self>, WalkError> {
        let way = way.into();
        let clients = Mutex::new(Clients::new(&way)?);
        Ok(Arc::new(Self {
            target,
            base,
            way,
            clients,
            children: Mutex::default(),
            counted: Mutex::default(),
            pace: Pace::default(),
        }))
    }

    /// The base's origin, as a browser sends it.
    #[must_use]
    pub fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// Drops all open connections: the server behind them has stopped.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn forget_connections(&self) -> Result<(), WalkError> {
        let fresh = Clients::new(&self.way)?;
        *lock(&self.clients) = fresh;
        Ok(())
    }

    /// The client that its browsers share.
    pub fn http(&self) -> Client {
        lock(&self.clients).requests.clone()
    }

    /// An event of this name had a number by which a tab comes back.
    pub(crate) fn counts(&self, event: &str) {
        let mut counted = lock(&self.counted);
        if counted.len() < EVENTS {
            counted.insert(event.to_owned());
        }
    }

    /// Whether a tab that comes back is sent events of this name that it missed, as far as is known: where it comes back
    /// by a number, those that have one.
    pub fn replays(&self, event: &str) -> bool {
        let mut ways = { self.target.sockets.iter() }.flat_map(|(_, socket)| &socket.resume);
        // Of several sockets, some may send nothing again.
        let is_by_number = self.target.sockets.len() > 1
            || ways.all(|way| matches!(way.by, ResumeBy::Last { .. }));
        !is_by_number || lock(&self.counted).contains(event)
    }

    /// A client that makes a new connection for each WebSocket.
    pub(crate) fn sockets(&self) -> Client {
        lock(&self.clients).sockets.clone()
    }

    /// What a client library connects with, where it can go this way.
    pub(crate) fn direct(&self) -> Option<Direct> {
        self.way.direct.clone()
    }

    /// The clients that are processes of their own. They end with the site.
    pub(crate) fn children(&self) -> Children {
        lock(&self.children).clone()
    }

    /// Lets the clients that are processes of their own end, once their sockets are closed: a server that is ended may
    /// wait for connections that such a client keeps.
    pub fn dismiss_children(&self) {
        *lock(&self.children) = Children::default();
    }
}

/// What makes connections.
struct Clients {
    requests: Client,
    sockets: Client,
}

impl Clients {
    fn new(way: &Way) -> Result<Self, WalkError> {
        Ok(Self {
            requests: client(way, usize::MAX)?,
            sockets: client(way, 0)?,
        })
    }
}

/// `idle`: connections that are kept for the next request.
fn client(way: &Way, idle: usize) -> Result<Client, WalkError> {
    let client = (way.http)()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(idle)
        .pool_idle_timeout(IDLE);
    client.build().map_err(|error| WalkError::NoAnswer {
        asked: "the first request".to_owned(),
        why: error.to_string(),
        is_late: false,
        is_sent: false,
    })
}
