//! Serving a small application, and looking at it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use draft::{Draft, DraftError, Wish, draft};
use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

/// Counts requests.
#[derive(Clone, Default)]
pub(crate) struct Counted(Arc<AtomicUsize>);

impl Counted {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn n(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// The address at which the application is served until the test ends.
pub(crate) async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

pub(crate) fn wish(url: &str) -> Wish {
    Wish {
        url: url.parse().expect("an address"),
        way: Arc::new(|| reqwest::Client::builder().no_proxy()),
        users: Vec::new(),
        openapi: None,
        asyncapi: None,
    }
}

pub(crate) async fn look(url: &str) -> Result<Draft, DraftError> {
    look_as(url, &[], "").await
}

/// Looks with users who have this password. Whatever is found, the file is accepted and short.
pub(crate) async fn look_as(
    url: &str,
    users: &[&str],
    password: &str,
) -> Result<Draft, DraftError> {
    let mut wish = wish(url);
    wish.users = users
        .iter()
        .map(|user| ((*user).to_owned(), password.to_owned()))
        .collect();
    let draft = draft(&wish).await?;
    let read = targets::read("mine.yaml", &draft.text);
    assert!(read.is_ok(), "{}\n{read:?}", draft.text);
    assert!(draft.text.lines().count() <= 60, "{}", draft.text);
    assert!(draft.asked.len() <= 30, "{:?}", draft.asked);
    Ok(draft)
}

#[track_caller]
pub(crate) fn has(draft: &Draft, words: &str) {
    assert!(
        draft.text.contains(words),
        "no {words:?} in\n{}\n{:#?}",
        draft.text,
        draft.asked
    );
}

#[track_caller]
pub(crate) fn lacks(draft: &Draft, words: &str) {
    assert!(!draft.text.contains(words), "{words:?} in\n{}", draft.text);
}

/// Serves one page, and a raw WebSocket below this path that chooses a subprotocol and says one thing.
pub(crate) async fn serve_socket(
    page: &'static str,
    path: &'static str,
    subprotocol: &'static str,
    hello: &'static str,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, page, path, subprotocol, hello));
        }
    });
    url
}

async fn answer(
    mut stream: TcpStream,
    page: &str,
    path: &str,
    subprotocol: &'static str,
    hello: &str,
) {
    let mut start = [0; 512];
    let n_read = stream.peek(&mut start).await.unwrap_or(0);
    let start = String::from_utf8_lossy(&start[..n_read]).into_owned();
    if !start.starts_with(&format!("GET {path}")) {
        let status = if start.starts_with("GET / ") {
            "200 OK"
        } else {
            "404 Not Found"
        };
        let length = page.len();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
        );
        let mut unread = vec![0; n_read];
        let _ = tokio::io::AsyncReadExt::read_exact(&mut stream, &mut unread).await;
        let _ = stream.write_all(format!("{head}{page}").as_bytes()).await;
        return;
    }
    #[expect(clippy::result_large_err, reason = "the library's own type")]
    let choose = |_: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
        let value = subprotocol.parse().expect("a header");
        response
            .headers_mut()
            .insert("sec-websocket-protocol", value);
        Ok(response)
    };
    if let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, choose).await {
        let _ = socket.send(Message::text(hello)).await;
        let _ = socket.next().await;
    }
}
