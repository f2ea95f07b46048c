//! A client that resumes, over either transport, and fails on the first sequence number that is not the next.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::header::COOKIE;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::rig::PATIENCE;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Polling,
    WebSocket,
}

/// A connection, or an error if the server is not running.
enum Link {
    Socket(Box<WebSocketStream<MaybeTlsStream<TcpStream>>>),
    Polls {
        http: reqwest::Client,
        url: String,
        cookie: String,
        waiting: Vec<String>,
    },
}

/// Why a connection cannot be used any more.
#[derive(Debug)]
pub(crate) enum Broken {
    /// It ended, or never began.
    Gone,
    /// The server has broken its promise, as the text says.
    Promise(String),
}

pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    cookie: String,
    link: Option<Link>,
    /// The last number that was seen; `None` before the first `ready`.
    pub(crate) last: Option<u64>,
    /// The events that came, without `threads`, which only reports the current state.
    pub(crate) events: Vec<Value>,
    /// The answer to the last `resume`.
    pub(crate) resumed: Value,
    asked: u64,
}

impl Client {
    pub(crate) fn new(http: &reqwest::Client, url: &str, cookie: &str) -> Self {
        Self {
            http: http.clone(),
            url: url.to_owned(),
            cookie: cookie.to_owned(),
            link: None,
            last: None,
            events: Vec::new(),
            resumed: Value::Null,
            asked: 0,
        }
    }

    /// Connects, and gets the missed events before newer ones.
    pub(crate) async fn connect(&mut self, transport: Transport) -> Result<(), Broken> {
        self.link = Some(Link::open(&self.http, &self.url, &self.cookie, transport).await?);
        self.send("40").await?;
        let ready = loop {
            if let Some(event) = event(&self.frame().await?)
                && event[0] == "ready"
            {
                break event[1]["seq"].as_u64().ok_or(Broken::Gone)?;
            }
        };
        let Some(last) = self.last else {
            self.last = Some(ready);
            return Ok(());
        };
        let mut held = Vec::new();
        self.asked += 1;
        let (ask, answer) = (self.asked, format!("43{}", self.asked));
        let resume = json!(["resume", { "last_seq": last }]);
        self.send(&format!("42{ask}{resume}")).await?;
        let answer = loop {
            let frame = self.frame().await?;
            match frame.strip_prefix(&answer) {
                Some(answer) => break serde_json::from_str::<Value>(answer).unwrap_or_default(),
                None => held.extend(event(&frame)),
            }
        };
        self.resumed = answer[0].clone();
        let missed = self.resumed["missed"].as_array().cloned();
        if self.resumed["complete"] == false {
            self.last = Some(ready);
            self.events.extend(missed.unwrap_or_default());
        } else {
            for event in missed.into_iter().flatten().chain(held) {
                self.take(event)?;
            }
            if self.last < Some(ready) {
                return Err(Broken::Promise(format!(
                    "resumed to {:?}, ready said {ready}",
                    self.last
                )));
            }
        }
        Ok(())
    }

    /// Drops the connection without closing it.
    pub(crate) fn cut(&mut self) {
        self.link = None;
    }

    /// Listens for a time.
    pub(crate) async fn listen(&mut self, how_long: Duration) -> Result<(), Broken> {
        match timeout(how_long, self.listen_until(|_| false)).await {
            Ok(ended) => ended,
            Err(_) => Ok(()),
        }
    }

    /// Listens until such an event comes.
    pub(crate) async fn listen_until(
        &mut self,
        mut enough: impl FnMut(&Value) -> bool,
    ) -> Result<(), Broken> {
        loop {
            let Some(event) = event(&self.frame().await?) else {
                continue;
            };
            self.take(event.clone())?;
            if enough(&event) {
                return Ok(());
            }
        }
    }

    /// Emits an event and returns its acknowledgement.
    pub(crate) async fn ask(&mut self, name: &str, data: Value) -> Result<Value, Broken> {
        self.asked += 1;
        let (ask, answer) = (self.asked, format!("43{}", self.asked));
        self.send(&format!("42{ask}{}", json!([name, data])))
            .await?;
        loop {
            let frame = self.frame().await?;
            if let Some(answer) = frame.strip_prefix(&answer) {
                let answer: Value = serde_json::from_str(answer).map_err(|_| Broken::Gone)?;
                return Ok(answer[0].clone());
            }
            if let Some(event) = event(&frame) {
                self.take(event)?;
            }
        }
    }

    fn take(&mut self, event: Value) -> Result<(), Broken> {
        let number = event[2]["seq"].as_u64();
        if number != self.last.map(|last| last + 1) {
            let last = self.last;
            return Err(Broken::Promise(format!(
                "{number:?} came after {last:?}: {event}"
            )));
        }
        self.last = number;
        if event[0] != "threads" {
            self.events.push(event);
        }
        Ok(())
    }

    async fn send(&mut self, text: &str) -> Result<(), Broken> {
        match self.link.as_mut().ok_or(Broken::Gone)? {
            Link::Socket(socket) => {
                let sent = socket.send(Message::text(text)).await;
                sent.map_err(|_| Broken::Gone)
            }
            Link::Polls {
                http, url, cookie, ..
            } => {
                let ask = http
                    .post(url.as_str())
                    .header(COOKIE, cookie.as_str())
                    .header("content-type", "text/plain;charset=UTF-8")
                    .body(text.to_owned());
                let answer = ask.send().await.map_err(|_| Broken::Gone)?;
                if answer.status() == 200 {
                    Ok(())
                } else {
                    Err(Broken::Gone)
                }
            }
        }
    }

    /// The next frame that is not a ping. Each wait has a limit, so that no test hangs.
    async fn frame(&mut self) -> Result<String, Broken> {
        loop {
            let link = self.link.as_mut().ok_or(Broken::Gone)?;
            let frame = timeout(PATIENCE, link.next()).await;
            let frame = frame.map_err(|_| Broken::Promise("nothing came".to_owned()))??;
            if frame == "2" {
                self.send("3").await?;
            } else if frame.starts_with('1') || frame.starts_with("41") {
                return Err(Broken::Gone);
            } else {
                return Ok(frame);
            }
        }
    }
}

impl Link {
    async fn open(
        http: &reqwest::Client,
        url: &str,
        cookie: &str,
        transport: Transport,
    ) -> Result<Self, Broken> {
        if transport == Transport::WebSocket {
            let url = format!(
                "{}/socket.io/?EIO=4&transport=websocket",
                url.replacen("http", "ws", 1)
            );
            let mut request = url.into_client_request().map_err(|_| Broken::Gone)?;
            let value = cookie.parse().map_err(|_| Broken::Gone)?;
            request.headers_mut().insert(COOKIE, value);
            let connecting = tokio_tungstenite::connect_async(request);
            let (socket, _) = connecting.await.map_err(|_| Broken::Gone)?;
            return Ok(Self::Socket(Box::new(socket)));
        }
        let url = format!("{url}/socket.io/?EIO=4&transport=polling");
        let ask = http.get(&url).header(COOKIE, cookie).send();
        let answer = ask.await.map_err(|_| Broken::Gone)?;
        let body = answer.text().await.map_err(|_| Broken::Gone)?;
        let open: Value = body
            .strip_prefix('0')
            .and_then(|open| serde_json::from_str(open).ok())
            .ok_or(Broken::Gone)?;
        let sid = open["sid"].as_str().ok_or(Broken::Gone)?;
        Ok(Self::Polls {
            http: http.clone(),
            url: format!("{url}&sid={sid}"),
            cookie: cookie.to_owned(),
            waiting: Vec::new(),
        })
    }

    async fn next(&mut self) -> Result<String, Broken> {
        match self {
            Self::Socket(socket) => loop {
                match socket.next().await {
                    Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Broken::Gone),
                    Some(Ok(_)) => {}
                }
            },
            Self::Polls {
                http,
                url,
                cookie,
                waiting,
            } => loop {
                if let Some(frame) = waiting.pop() {
                    return Ok(frame);
                }
                let ask = http
                    .get(url.as_str())
                    .header(COOKIE, cookie.as_str())
                    .send();
                let answer = ask.await.map_err(|_| Broken::Gone)?;
                if answer.status() != 200 {
                    return Err(Broken::Gone);
                }
                let body = answer.text().await.map_err(|_| Broken::Gone)?;
                waiting.extend(body.split('\u{1e}').rev().map(str::to_owned));
            },
        }
    }
}

fn event(frame: &str) -> Option<Value> {
    serde_json::from_str(frame.strip_prefix("42")?).ok()
}
