//! A deployment as it is seen from outside, and what is asked of it.

use std::time::Duration;

use evidence::UserName;
use probe::{ProbeError, Route, Target};
use reqwest::header::{HOST, HeaderMap};
use reqwest::{Client, RequestBuilder, StatusCode};
use url::Url;

use super::silence::{Silence, is_busy};

/// How long an answer may take. It is patience and no promise: who is slower has broken nothing.
const PATIENCE: Duration = Duration::from_secs(10);

/// A page that nobody has.
pub(crate) const NOWHERE: &str = "/airtight-asks-for-a-page-that-is-not-there";

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
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Response {
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

    pub(crate) async fn ask(&self, request: RequestBuilder) -> Result<Response, Silence> {
        let silence = |error: reqwest::Error| Silence::of(&error, self.patience);
        let answer = request.send().await.map_err(silence)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        if is_busy(status.as_u16()) {
            return Err(Silence::Busy(status));
        }
        let body = answer.text().await.map_err(silence)?;
        Ok(Response {
            status,
            headers,
            body,
        })
    }
}
