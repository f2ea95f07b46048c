//! Asks a system for its pages, gently: so many requests, so long, and so much of each answer.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::{ACCEPT, COOKIE, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use thiserror::Error;
use tokio::time::{Instant, timeout};
use url::Url;

use crate::bounds::{BYTES, PATIENCE, REDIRECTS, REQUESTS, TIME, WORDS};

/// Makes clients that know the way: addresses, and the certificates to trust.
pub type Way = Arc<dyn Fn() -> reqwest::ClientBuilder + Send + Sync>;

/// The way to a host: at another address than its name leads to, and with a further authority to trust, as PEM.
///
/// # Errors
/// When it is no certificate.
pub fn way(connect_to: Option<(&str, IpAddr)>, trust: Option<&[u8]>) -> reqwest::Result<Way> {
    let trust = trust.map(reqwest::Certificate::from_pem).transpose()?;
    // Port 0 means the port of the address.
    let connect_to = connect_to.map(|(host, to)| (host.to_owned(), SocketAddr::new(to, 0)));
    Ok(Arc::new(move || {
        let mut client = Client::builder();
        if let Some(trust) = &trust {
            client = client.add_root_certificate(trust.clone());
        }
        if let Some((host, to)) = &connect_to {
            client = client.resolve(host, *to);
        }
        client
    }))
}

/// Why there is no answer.
#[derive(Clone, Debug, Error)]
pub(crate) enum NoAnswer {
    #[error("it was not asked: {REQUESTS} requests are the most")]
    TooMany,
    #[error("it was not asked: everything may take {} s", TIME.as_secs())]
    TooLate,
    #[error("it redirects more than {REDIRECTS} times")]
    Redirects,
    #[error("it leads to another address, which is not asked")]
    Elsewhere,
    #[error("{0}")]
    Broken(String),
}

/// An answer to a GET.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Where the redirects ended.
    pub(crate) url: Url,
    pub(crate) status: u16,
    /// The names of the cookies that it and the redirects before it set.
    pub(crate) cookies: Vec<String>,
    pub(crate) kind: String,
    /// The methods that it names as the right ones.
    pub(crate) allow: String,
    pub(crate) body: String,
}

/// Asks, and counts what it has asked.
pub(crate) struct Visitor {
    pub(crate) http: Client,
    /// The address that was given.
    pub(crate) base: Url,
    /// Sent along once somebody has logged in.
    pub(crate) cookies: Option<HeaderValue>,
    pub(crate) bearer: Option<HeaderValue>,
    pub(crate) asked: Vec<String>,
    until: Instant,
}

impl Visitor {
    pub(crate) fn new(way: &Way, base: Url) -> reqwest::Result<Self> {
        Ok(Self {
            http: way().redirect(Policy::none()).build()?,
            base,
            cookies: None,
            bearer: None,
            asked: Vec::new(),
            until: Instant::now() + TIME,
        })
    }

    /// Takes one of the requests that are left. Gives how long it may take.
    pub(crate) fn ask(&mut self, what: &str) -> Result<Duration, NoAnswer> {
        if self.asked.len() >= REQUESTS {
            return Err(NoAnswer::TooMany);
        }
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(NoAnswer::TooLate);
        }
        self.asked.push(what.to_owned());
        Ok(left.min(PATIENCE))
    }

    /// What came of the last request, for the report.
    pub(crate) fn tell(&mut self, words: &str) {
        if let Some(last) = self.asked.last_mut() {
            last.push_str(": ");
            last.push_str(words);
        }
    }

    /// An address of this system.
    pub(crate) fn url(&self, path: &str) -> Option<Url> {
        self.base
            .join(path)
            .ok()
            .filter(|url| url.origin() == self.base.origin())
    }

    /// Whether a further address belongs to this system.
    fn is_own(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    /// Asks for a path, and follows where it leads on this system.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer, NoAnswer> {
        let mut url = self.url(path).ok_or(NoAnswer::Elsewhere)?;
        let mut cookies = Vec::new();
        for _ in 0..=REDIRECTS {
            let within = self.ask(&format!("GET {}", url.path()))?;
            let answered = timeout(within, self.one(&url)).await;
            let answered = answered.unwrap_or_else(|_| {
                Err(NoAnswer::Broken(format!(
                    "nothing came within {} ms",
                    within.as_millis()
                )))
            });
            let (mut answer, next) = answered.inspect_err(|why| self.tell(&why.to_string()))?;
            self.tell(&answer.status.to_string());
            for cookie in std::mem::take(&mut answer.cookies) {
                if !cookies.contains(&cookie) {
                    cookies.push(cookie);
                }
            }
            match next.map(|next| url.join(&next)) {
                None => {
                    answer.cookies = cookies;
                    return Ok(answer);
                }
                Some(Ok(next)) if self.is_own(&next) => url = next,
                Some(_) => return Err(NoAnswer::Elsewhere),
            }
        }
        Err(NoAnswer::Redirects)
    }

    async fn one(&self, url: &Url) -> Result<(Answer, Option<String>), NoAnswer> {
        let mut request = self
            .http
            .get(url.clone())
            .header(ACCEPT, "text/html, application/json, */*;q=0.8");
        if let Some(cookies) = &self.cookies {
            request = request.header(COOKIE, cookies);
        }
        if let Some(bearer) = &self.bearer {
            request = request.header("authorization", bearer);
        }
        let broken = |error: reqwest::Error| NoAnswer::Broken(innermost(&error));
        let mut response = request.send().await.map_err(broken)?;
        let header = |name: &str| {
            let value = response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let is_redirect = response.status().is_redirection();
        let next = is_redirect
            .then(|| header(LOCATION.as_str()))
            .filter(|next| !next.is_empty());
        let mut answer = Answer {
            url: url.clone(),
            status: response.status().as_u16(),
            cookies: response
                .headers()
                .get_all("set-cookie")
                .iter()
                .filter_map(|value| name_of(value.as_bytes()))
                .collect(),
            kind: header("content-type"),
            allow: header("allow"),
            body: String::new(),
        };
        if next.is_none() && !answer.kind.starts_with("text/event-stream") {
            let mut body = Vec::new();
            while let Ok(Some(piece)) = response.chunk().await {
                let room = BYTES - body.len();
                body.extend_from_slice(&piece[..piece.len().min(room)]);
                if body.len() == BYTES {
                    break;
                }
            }
            answer.body = String::from_utf8_lossy(&body).into_owned();
        }
        Ok((answer, next))
    }
}

/// The name of a cookie that is set.
pub(crate) fn name_of(cookie: &[u8]) -> Option<String> {
    let end = cookie.iter().position(|byte| *byte == b'=')?;
    let name = String::from_utf8_lossy(&cookie[..end]).trim().to_owned();
    (!name.is_empty() && name.len() <= crate::bounds::NAME).then_some(name)
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Words of a server in one short line.
pub(crate) fn in_one_line(words: &str) -> String {
    let words: String = words
        .chars()
        .map(|sign| if sign.is_control() { ' ' } else { sign })
        .take(WORDS * 8)
        .collect();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(WORDS) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}
