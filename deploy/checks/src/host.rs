//! A deployment as it is seen from outside, and what is asked of it.

use std::error::Error;
use std::time::Duration;
use std::{fmt, io};

use evidence::UserName;
use probe::{ProbeError, Route, Target};
use reqwest::header::{HOST, HeaderMap};
use reqwest::{Client, RequestBuilder, StatusCode};
use url::Url;

/// How long an answer may take. It is patience and no promise: who is slower has broken nothing.
const PATIENCE: Duration = Duration::from_secs(10);

/// A deployment, and two of its users.
#[derive(Clone, Debug)]
pub struct Host {
    /// How to talk to it; the base is its https address.
    pub target: Target,
    /// Names and passwords; those of two are needed to see whether they are kept apart.
    pub users: Vec<(UserName, String)>,
    pub(crate) route: Route,
    /// How long an answer may take.
    pub(crate) patience: Duration,
    http: Client,
}

/// An answer without its body's meaning.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// All values of a header, as text.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let values = self.headers.get_all(name).iter();
        values
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    }

    /// A header that stands once at most.
    pub(crate) fn one(&self, name: &str) -> String {
        self.all(name).join(", ")
    }
}

/// Why there is no answer that says anything.
#[derive(Debug)]
pub(crate) enum Silence {
    /// Nobody listens: the connection was refused.
    Refused,
    /// The peer closed the connection, or reset it.
    Closed,
    /// No answer came within this time.
    Late(Duration),
    /// The peer, or what stands before it, says that it has no time for this.
    Busy(StatusCode),
    /// Anything else, in words.
    Other(String),
}

impl fmt::Display for Silence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => out.write_str("nobody listens: the connection was refused"),
            Self::Closed => out.write_str("the connection was closed"),
            Self::Late(patience) => write!(out, "no answer within {patience:?}"),
            Self::Busy(status) => write!(out, "it has no time for this: {status}"),
            Self::Other(words) => out.write_str(words),
        }
    }
}

/// The statuses by which a server, or the proxy before it, says that it has no time.
const BUSY: [StatusCode; 3] = [
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::SERVICE_UNAVAILABLE,
    StatusCode::GATEWAY_TIMEOUT,
];

/// Whether this status tells of too much work, and nothing of what was asked.
pub(crate) fn is_busy(status: u16) -> bool {
    BUSY.iter().any(|busy| busy.as_u16() == status)
}

impl Host {
    /// A host of which nothing is asked yet.
    ///
    /// # Errors
    /// When TLS cannot be set up, or the target's `trust` is no certificate.
    pub fn new(target: Target, users: Vec<(UserName, String)>) -> Result<Self, ProbeError> {
        Self::with_patience(target, users, PATIENCE)
    }

    /// The same, where an answer may take another time.
    ///
    /// # Errors
    /// As `new`.
    pub fn with_patience(
        target: Target,
        users: Vec<(UserName, String)>,
        patience: Duration,
    ) -> Result<Self, ProbeError> {
        let route = Route::of(&target)?;
        // A connection for each question: what one was told must not colour the next.
        let http = route.client().timeout(patience).pool_max_idle_per_host(0);
        let http = http.build().map_err(|source| ProbeError::NoAnswer {
            asked: "the first request".to_owned(),
            source,
        })?;
        Ok(Self {
            target,
            users,
            route,
            patience,
            http,
        })
    }

    /// The name in the address.
    pub(crate) fn name(&self) -> &str {
        self.target.base.host_str().unwrap_or_default()
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        let base = self.target.base.clone();
        self.target.base.join(path).unwrap_or(base)
    }

    /// The same page without TLS, on the port that browsers try first.
    pub(crate) fn plain(&self, path: &str) -> Url {
        let mut url = self.url(path);
        // http is a scheme that https may become, and has a port of its own.
        let _ = url.set_scheme("http");
        let _ = url.set_port(None);
        url
    }

    pub(crate) fn get(&self, url: Url) -> RequestBuilder {
        self.http.get(url)
    }

    pub(crate) fn post(&self, url: Url) -> RequestBuilder {
        self.http.post(url)
    }

    /// Asks for a page in another host's name; the TLS handshake has the right one.
    pub(crate) fn get_as(&self, url: Url, host: &str) -> RequestBuilder {
        self.http.get(url).header(HOST, host)
    }

    pub(crate) async fn ask(&self, request: RequestBuilder) -> Result<Answer, Silence> {
        let silence = |error: reqwest::Error| silence(&error, self.patience);
        let answer = request.send().await.map_err(silence)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        if is_busy(status.as_u16()) {
            return Err(Silence::Busy(status));
        }
        let body = answer.text().await.map_err(silence)?;
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}

fn silence(error: &reqwest::Error, patience: Duration) -> Silence {
    if error.is_timeout() {
        return Silence::Late(patience);
    }
    let mut innermost: &(dyn Error + 'static) = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    let kind = innermost.downcast_ref().map(io::Error::kind);
    if kind == Some(io::ErrorKind::ConnectionRefused) {
        return Silence::Refused;
    }
    let words = innermost.to_string();
    let closed = [
        "closed",
        "reset",
        "broken pipe",
        "unexpected EOF",
        "end of file",
    ];
    if !error.is_connect() && closed.iter().any(|word| words.contains(word)) {
        Silence::Closed
    } else {
        Silence::Other(words)
    }
}
