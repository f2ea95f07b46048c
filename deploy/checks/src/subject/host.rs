//! A deployment as seen from outside, and the requests that checks send to it.

use std::time::Duration;

use evidence::UserName;
use probe::{ProbeError, Route, Target};
use reqwest::header::{HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;
use targets::language::came::Came;
use url::Url;

use super::silence::{Silence, is_busy};
use crate::check::Undecided;

/// How long an answer may take. A slow host has broken nothing, so a late answer is no fault.
const PATIENCE: Duration = Duration::from_secs(10);

/// A page that exists nowhere.
pub(crate) const NOWHERE: &str = "/airtight-asks-for-a-page-that-is-not-there";

/// A deployment, and two of its users.
#[derive(Clone, Debug)]
pub struct Host {
    /// How to talk to it.
    pub target: Target,
    /// Its address.
    pub(crate) base: Url,
    /// Names and passwords. It takes two to see whether users are kept apart.
    pub users: Vec<(UserName, String)>,
    pub(crate) route: Route,
    /// How long an answer may take.
    pub(crate) patience: Duration,
    http: Client,
}

/// An answer, not interpreted yet.
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Response {
    /// An answer that a step of the target file got; none where no status came.
    pub(crate) fn of(came: &Came) -> Option<Self> {
        let mut headers = HeaderMap::new();
        for (name, value) in &came.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            headers.append(name, HeaderValue::from_str(value).ok()?);
        }
        Some(Self {
            status: StatusCode::from_u16(came.status?).ok()?,
            headers,
            body: came.body.clone().unwrap_or_default(),
        })
    }

    /// As a predicate of the target file looks at it.
    pub(crate) fn came(&self) -> Came {
        let headers = self.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        Came {
            status: Some(self.status.as_u16()),
            headers: headers.collect(),
            body: Some(self.body.clone()),
            ..Came::default()
        }
    }

    /// All values of a header, as text.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let values = self.headers.get_all(name).iter();
        values
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    }

    /// The session of Engine.IO that this answer to a handshake of polling opens.
    pub(crate) fn engine_sid(&self) -> Option<String> {
        let packet = self.body.trim_start_matches(|letter| letter != '{');
        // After the first packet there may be others.
        let mut values = serde_json::Deserializer::from_str(packet).into_iter::<Value>();
        let sid = values.next()?.ok()?.get("sid")?.as_str()?.to_owned();
        self.status.is_success().then_some(sid)
    }

    /// A header that should be sent at most once.
    pub(crate) fn one(&self, name: &str) -> String {
        self.all(name).join(", ")
    }
}

impl Host {
    /// A host that has not been asked anything yet.
    ///
    /// # Errors
    /// When the target has no address, TLS cannot be set up, or the target's `trust` is not a certificate.
    pub fn new(target: Target, users: Vec<(UserName, String)>) -> Result<Self, ProbeError> {
        Self::with_patience(target, users, PATIENCE)
    }

    /// Like `new`, with another limit for an answer.
    ///
    /// # Errors
    /// As `new`.
    pub fn with_patience(
        target: Target,
        users: Vec<(UserName, String)>,
        patience: Duration,
    ) -> Result<Self, ProbeError> {
        let route = Route::of(&target)?;
        let base = target.base.clone().ok_or(ProbeError::NoAddress)?;
        // Each request has a connection of its own, so that no answer depends on an earlier request.
        let http = route.client().timeout(patience).pool_max_idle_per_host(0);
        let http = http.build().map_err(|error| ProbeError::NoAnswer {
            asked: "the first request".to_owned(),
            why: error.to_string(),
            is_late: false,
            is_sent: false,
        })?;
        Ok(Self {
            target,
            base,
            users,
            route,
            patience,
            http,
        })
    }

    /// The name in the address.
    pub(crate) fn name(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// The address of a page.
    pub(crate) fn url(&self, path: &str) -> Url {
        let base = self.base.clone();
        self.base.join(path).unwrap_or(base)
    }

    /// The address's origin, as a browser sends it.
    pub(crate) fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// Whether there is TLS to look at.
    ///
    /// # Errors
    /// That there is none.
    pub(crate) fn has_tls(&self) -> Result<(), Undecided> {
        if self.is_plain() {
            return Err(Undecided(format!(
                "no TLS here: {} is plain HTTP",
                self.origin()
            )));
        }
        Ok(())
    }

    /// Whether its address is one of plain HTTP.
    pub(crate) fn is_plain(&self) -> bool {
        self.base.scheme() != "https"
    }

    /// The same page without TLS, on the port that browsers try first. A host of plain HTTP is asked where it is: what
    /// listens on another port is another host's.
    pub(crate) fn plain(&self, path: &str) -> Url {
        let mut url = self.url(path);
        if self.is_plain() {
            return url;
        }
        // Neither can fail: https may become http, which has a port of its own.
        let _ = url.set_scheme("http");
        let _ = url.set_port(None);
        url
    }

    pub(crate) fn get(&self, url: Url) -> RequestBuilder {
        self.http.get(url)
    }

    pub(crate) fn send(&self, method: Method, url: Url) -> RequestBuilder {
        self.http.request(method, url)
    }

    /// A request for a page of another host. The TLS handshake still gives the right name.
    pub(crate) fn get_as(&self, url: Url, host: &str) -> RequestBuilder {
        self.http.get(url).header(HOST, host)
    }

    /// Sends a request, and waits for the head of its answer alone.
    pub(crate) async fn ask_head(&self, request: RequestBuilder) -> Result<Response, Silence> {
        let answer = request.send().await;
        let answer = answer.map_err(|error| Silence::of(&error, self.patience))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        if is_busy(status.as_u16()) {
            return Err(Silence::Busy(status));
        }
        let body = String::new();
        Ok(Response {
            status,
            headers,
            body,
        })
    }

    /// Closes the session that the answer to a handshake of polling at this path opened, if it opened one.
    pub(crate) async fn hang_up(&self, path: &str, answer: &Response) {
        let Some(sid) = answer.engine_sid() else {
            return;
        };
        let mut url = self.url(path);
        url.query_pairs_mut().append_pair("sid", &sid);
        let goodbye = self.http.post(url).header(ORIGIN, self.origin()).body("1");
        // One that is not closed ends by itself, a little later.
        let _ = self.ask(goodbye).await;
    }

    /// Sends a request; an answer that only says "too busy" counts as none.
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
