//! The first request of a connection: its address, its headers and, over polling, its answer.

use evidence::Place;
use reqwest::Url;
use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};

use super::options::{OpenOptions, Transport};
use crate::error::ProbeError;
use crate::http::body;
use crate::http::browser::Browser;

/// The address of the handshake over this transport.
pub(super) fn address(browser: &Browser, transport: Transport) -> Result<Url, ProbeError> {
    let target = &browser.site().target;
    let unsendable = |_| ProbeError::Unsendable(target.socket.path.clone());
    let mut url = target.base.join(&target.socket.path).map_err(unsendable)?;
    let name = match transport {
        Transport::Websocket => "websocket",
        Transport::Polling => "polling",
    };
    url.query_pairs_mut()
        .append_pair("EIO", "4")
        .append_pair("transport", name);
    if transport == Transport::Websocket {
        let is_secure = url.scheme() == "https";
        // The URL standard allows the changes from http to ws and from https to wss.
        let _ = url.set_scheme(if is_secure { "wss" } else { "ws" });
    }
    Ok(url)
}

/// The browser's cookies and the requested headers.
pub(super) fn headers(browser: &Browser, options: &OpenOptions) -> Result<HeaderMap, ProbeError> {
    let url = browser.url(&browser.site().target.socket.path)?;
    let unsendable = |text: &str| ProbeError::Unsendable(text.to_owned());
    let mut headers = HeaderMap::new();
    if let Some(cookies) = browser.cookie_header(&url) {
        headers.insert(
            COOKIE,
            HeaderValue::from_str(&cookies).map_err(|_| unsendable("the cookies"))?,
        );
    }
    for (name, value) in &options.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable(name))?;
        headers.insert(
            name,
            HeaderValue::from_str(value).map_err(|_| unsendable(value))?,
        );
    }
    Ok(headers)
}

/// A handshake over polling, up to its answer.
pub(super) struct Handshake {
    pub(super) http: reqwest::Client,
    pub(super) url: Url,
    /// The first packet, or the target's refusal.
    pub(super) answer: Result<String, String>,
}

/// Asks the target for a connection over polling.
pub(super) async fn handshake(
    browser: &Browser,
    options: &OpenOptions,
    place: &Place,
) -> Result<Handshake, ProbeError> {
    let no_connection = |error: reqwest::Error| ProbeError::NoConnection {
        place: place.to_string(),
        why: error.to_string(),
    };
    let url = address(browser, Transport::Polling)?;
    let headers = headers(browser, options)?;
    let http = browser
        .site()
        .route
        .client()
        .default_headers(headers)
        .build()
        .map_err(no_connection)?;
    let answer = http.get(url.clone()).send().await.map_err(no_connection)?;
    let status = answer.status();
    let first = body::read(answer).await.map_err(no_connection)?.text;
    let answer = if status.is_success() {
        Ok(first)
    } else {
        Err(format!("status {} {}", status.as_u16(), first.trim()))
    };
    Ok(Handshake { http, url, answer })
}

/// Asks once more for a connection that the library did not get. Gives the target's refusal, if it refuses.
pub(super) async fn refusal(
    browser: &Browser,
    options: &OpenOptions,
    place: &Place,
) -> Result<Option<String>, ProbeError> {
    Ok(handshake(browser, options, place).await?.answer.err())
}
