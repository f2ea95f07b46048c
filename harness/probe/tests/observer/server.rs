//! Scripted servers, and browsers on them.

use std::net::SocketAddr;
use std::sync::Arc;

use evidence::Scene;
use futures_util::{SinkExt, StreamExt};
use probe::{Browser, Recorder, Site, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// The reference target at another address.
pub(crate) fn site(address: SocketAddr) -> Arc<Site> {
    let text = include_str!("../../../../scenarios/targets/reference.yaml")
        .replace("http://127.0.0.1:5000", &format!("http://{address}"));
    Site::new(Target::parse(&text).expect("a target")).expect("a site")
}

pub(crate) fn scene() -> Scene {
    serde_json::from_str(include_str!("../scene.json")).expect("a scene")
}

/// A browser on that site. Its history is not kept.
pub(crate) fn browser(address: SocketAddr) -> Browser {
    let (recorder, _writing) = Recorder::start(&scene(), std::io::sink()).expect("starts");
    Browser::new(site(address), "desktop", recorder)
}

/// Serves one WebSocket: answers `40` with the connect and `ready`, then sends the frames.
pub(crate) async fn scripted(frames: Vec<Message>) -> Arc<Site> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(play(listener, frames));
    site(address)
}

async fn play(listener: TcpListener, frames: Vec<Message>) {
    let (stream, _) = listener.accept().await.expect("a connection");
    let mut socket = tokio_tungstenite::accept_async(stream)
        .await
        .expect("a WebSocket");
    socket
        .send(Message::text("0{\"sid\":\"s1\",\"pingInterval\":25000}"))
        .await
        .expect("sent");
    while socket
        .next()
        .await
        .expect("open")
        .expect("a message")
        .into_text()
        .expect("text")
        .as_str()
        != "40"
    {}
    let ready = ["40{\"sid\":\"s1\"}", "42[\"ready\",{\"seq\":7}]"].map(Message::text);
    for frame in ready.into_iter().chain(frames) {
        socket.send(frame).await.expect("sent");
    }
    answer(socket).await;
}

/// Acknowledges an emit with what was sent. An emit of `close` ends the connection without a goodbye.
async fn answer(mut socket: WebSocketStream<TcpStream>) {
    while let Some(Ok(message)) = socket.next().await {
        let text = message.into_text().expect("text").as_str().to_owned();
        if let Some(rest) = text.strip_prefix("42") {
            if rest.contains("\"close\"") {
                return;
            }
            let id: String = rest.chars().take_while(char::is_ascii_digit).collect();
            let said = &rest[id.len()..];
            socket
                .send(Message::text(format!(
                    "43{id}[{{\"you\":\"said\"}},{said}]"
                )))
                .await
                .expect("sent");
        }
    }
}

/// Reads one HTTP request. Gives its method and body.
pub(crate) async fn request(stream: &mut TcpStream) -> std::io::Result<(String, String)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
    stream.read_exact(&mut body).await?;
    let method = head.split(' ').next().unwrap_or_default().to_owned();
    Ok((method, String::from_utf8_lossy(&body).into_owned()))
}

/// Gives every request the same answer, and ends the connection.
pub(crate) async fn stubborn(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                request(&mut stream).await?;
                stream.write_all(answer.as_bytes()).await?;
                stream.shutdown().await
            });
        }
    });
    address
}
