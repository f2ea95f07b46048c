//! A server whose every request is answered by the test.

use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Method, Request, Response, StatusCode};
use futures_util::stream::unfold;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use url::Url;

/// A peer's end of a WebSocket.
pub(crate) type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Waits for what has to happen.
#[track_caller]
pub(crate) fn soon<T>(what: impl Future<Output = T>) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        let within = timeout(Duration::from_secs(10), what).await;
        within.unwrap_or_else(|_| panic!("{caller}: nothing came in 10 s"))
    }
}

pub(crate) struct Peer {
    pub(crate) url: Url,
    asked: mpsc::Receiver<Asked>,
    waiting: VecDeque<Asked>,
}

/// A request that waits for its answer.
pub(crate) struct Asked {
    pub(crate) request: Request<()>,
    pub(crate) body: String,
    upgrade: Option<OnUpgrade>,
    answer: oneshot::Sender<Response<Body>>,
}

impl Peer {
    pub(crate) async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (to_test, asked) = mpsc::channel(64);
        let app = Router::new().fallback(async move |mut request: Request<Body>| {
            let upgrade = request.extensions_mut().remove::<OnUpgrade>();
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
            let (answer, answered) = oneshot::channel();
            let asked = Asked {
                request: Request::from_parts(parts, ()),
                body: String::from_utf8_lossy(&body).into_owned(),
                upgrade,
                answer,
            };
            let _ = to_test.send(asked).await;
            answered.await.unwrap_or_default()
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            url: format!("http://{address}/socket.io/")
                .parse()
                .expect("a URL"),
            asked,
            waiting: VecDeque::new(),
        }
    }

    async fn first(&mut self, is_it: impl Fn(&Asked) -> bool) -> Asked {
        if let Some(at) = self.waiting.iter().position(&is_it) {
            return self.waiting.remove(at).expect("it is there");
        }
        loop {
            let asked = soon(self.asked.recv()).await.expect("a request");
            if is_it(&asked) {
                return asked;
            }
            self.waiting.push_back(asked);
        }
    }

    /// The next GET that is no handshake of a WebSocket.
    pub(crate) async fn get(&mut self) -> Asked {
        let is_get = |asked: &Asked| !asked.is_socket() && asked.request.method() == Method::GET;
        self.first(is_get).await
    }

    pub(crate) async fn post(&mut self) -> Asked {
        self.first(|asked| asked.request.method() == Method::POST)
            .await
    }

    /// The next handshake of a WebSocket.
    pub(crate) async fn socket(&mut self) -> Asked {
        self.first(Asked::is_socket).await
    }
}

impl Asked {
    fn is_socket(&self) -> bool {
        self.request.headers().contains_key("sec-websocket-key")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.request.headers().get(name);
        value.map_or("", |value| value.to_str().expect("a text"))
    }

    pub(crate) fn query(&self) -> &str {
        self.request.uri().query().unwrap_or_default()
    }

    pub(crate) fn says(self, status: u16, body: &str) {
        let mut answer = Response::new(Body::from(body.to_owned()));
        *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
        let _ = self.answer.send(answer);
    }

    /// Begins an answer whose pieces the test sends. An empty piece breaks it off.
    pub(crate) fn streams(self, content_type: &str) -> mpsc::Sender<&'static str> {
        self.streams_with(200, content_type)
    }

    pub(crate) fn streams_with(
        self,
        status: u16,
        content_type: &str,
    ) -> mpsc::Sender<&'static str> {
        let (sender, receiver) = mpsc::channel::<&'static str>(8);
        let pieces = unfold(receiver, |mut receiver| async move {
            let piece = match receiver.recv().await? {
                "" => Err(std::io::Error::other("broken")),
                piece => Ok(Bytes::from_static(piece.as_bytes())),
            };
            Some((piece, receiver))
        });
        let answer = Response::builder()
            .status(status)
            .header("content-type", content_type);
        let answer = answer.body(Body::from_stream(pieces)).expect("an answer");
        let _ = self.answer.send(answer);
        sender
    }

    /// Grants the handshake of a WebSocket, with these headers besides.
    pub(crate) async fn grants(self, headers: &[(&str, &str)]) -> Socket {
        let accept = derive_accept_key(self.header("sec-websocket-key").as_bytes());
        let mut answer = Response::builder()
            .status(StatusCode::SWITCHING_PROTOCOLS)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-accept", accept);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        let answer = answer.body(Body::empty()).expect("an answer");
        let _ = self.answer.send(answer);
        let upgraded = soon(self.upgrade.expect("a handshake")).await;
        let upgraded = TokioIo::new(upgraded.expect("a connection"));
        WebSocketStream::from_raw_socket(upgraded, Role::Server, None).await
    }
}
