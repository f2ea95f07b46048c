//! A target at an address, and the connections that its browsers share.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use native_tls::TlsConnector;
use reqwest::{Client, ClientBuilder};
use targets::Target;
use url::Url;

use crate::error::WalkError;
use crate::lock::lock;
use crate::pace::Pace;

/// How long an answer, an acknowledgement or an awaited event may take where the file says nothing.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// How long a connection may be idle and still be used again. A server closes an idle connection whenever it likes, and
/// a request sent just then gets no answer. Of the known servers gunicorn is the quickest, after 2 s.
const IDLE: Duration = Duration::from_secs(1);

/// Makes clients that know the way: addresses, and the certificates to trust.
pub struct Way {
    http: Box<dyn Fn() -> ClientBuilder + Send + Sync>,
    direct: Option<TlsConnector>,
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
    pub fn or_direct(self, tls: TlsConnector) -> Self {
        let direct = Some(tls);
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
    http: Mutex<Client>,
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
        let http = Mutex::new(client(&way)?);
        Ok(Arc::new(Self {
            target,
            base,
            way,
            http,
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
        let fresh = client(&self.way)?;
        *lock(&self.http) = fresh;
        Ok(())
    }

    /// The client that its browsers share.
    pub fn http(&self) -> Client {
        lock(&self.http).clone()
    }

    /// What a client library connects with, where it can go this way.
    pub(crate) fn direct(&self) -> Option<TlsConnector> {
        self.way.direct.clone()
    }
}

fn client(way: &Way) -> Result<Client, WalkError> {
    let client = (way.http)()
        .redirect(reqwest::redirect::Policy::none())
        .pool_idle_timeout(IDLE);
    client.build().map_err(|error| WalkError::NoAnswer {
        asked: "the first request".to_owned(),
        why: error.to_string(),
        is_late: false,
        is_sent: false,
    })
}
