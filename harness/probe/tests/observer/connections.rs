//! An idle connection that the server may be closing is not used again.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use probe::Ask;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::server::{browser, request};

/// A server that answers, and closes a connection that was idle for more than a second, just when the next request
/// comes.
async fn closes_idle() -> SocketAddr {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut answered = Instant::now();
                while request(&mut stream).await.is_ok() && answered.elapsed() < IDLE {
                    if stream.write_all(ANSWER).await.is_err() {
                        return;
                    }
                    answered = Instant::now();
                }
            });
        }
    });
    address
}

/// More than a second.
const IDLE: Duration = Duration::from_millis(1100);

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_not_used_again() {
    let address = closes_idle().await;
    let browser = browser(address);
    let ask = Ask {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        ..Ask::default()
    };
    for _ in 0..2 {
        let answer = browser.request(&ask).await.expect("answered");
        assert_eq!(answer.body, "ok");
        // The connection is idle.
        tokio::time::sleep(IDLE).await;
    }
}
