//! A server of bare TCP: a WebSocket's handshake, and then bytes that no library would write.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use url::Url;

use crate::dials::{dial, several, websocket};
use crate::peer::soon;

/// Where it listens, and a task that has shaken hands with the first who comes.
async fn bare() -> (Url, tokio::task::JoinHandle<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let url = format!("ws://{address}/").parse().expect("a URL");
    let shaken = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let byte = stream.read_u8().await.expect("a request");
            head.push(char::from(byte));
        }
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        let key = lines.filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
        let key = key.map(|(_, key)| key).next().expect("a key");
        let accept = derive_accept_key(key.as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        stream
            .write_all(answer.as_bytes())
            .await
            .expect("an answer");
        stream
    });
    (url, shaken)
}

/// What the client says about these bytes.
async fn check(bytes: &[u8], expected: &str) {
    let (url, shaken) = bare().await;
    let mut wire = dial(&url, websocket()).await;
    let mut stream = shaken.await.expect("a connection");
    stream.write_all(bytes).await.expect("a reader");
    assert_eq!(several(&mut wire, 4).await, expected);
}

#[tokio::test]
async fn what_is_no_websocket_ends_it_with_its_name() {
    let text = [0x81, 1, b'a'];
    let after = |bytes: &[u8]| [&text, bytes].concat();
    // 65 MiB are announced, and not one byte of them has to come.
    let long = after(&[0x81, 127, 0, 0, 0, 0, 4, 16, 0, 0]);
    check(
        &long,
        "answered=101 a Harness: a message is longer than 64 MiB: Message too long: 68157440 > 67108864 end",
    )
    .await;
    check(
        &after(&[0xc1, 1, b'a']),
        "answered=101 a Nobody: protocol error: the target insists on permessage-deflate, which this client does not speak end",
    )
    .await;
    check(
        &after(&[0x81, 1, 0xff]),
        "answered=101 a Nobody: UTF-8 encoding error: invalid utf-8 sequence of 1 bytes from index 0 end",
    )
    .await;
    check(
        &after(&[0x83, 1, b'a']),
        "answered=101 a Nobody: protocol error: Encountered invalid opcode: 3 end",
    )
    .await;
}

#[tokio::test]
async fn a_connection_that_the_server_closes_halfway_ends_without_a_close_frame() {
    let (url, shaken) = bare().await;
    let mut wire = dial(&url, websocket()).await;
    let mut stream = shaken.await.expect("a connection");
    stream.write_all(&[0x81, 1, b'a']).await.expect("a reader");
    stream.shutdown().await.expect("an open connection");
    let said = several(&mut wire, 4).await;
    assert_eq!(
        said,
        "answered=101 a Nobody: the connection ended without a close frame end"
    );
    // The other half ends as well: nobody waits for it.
    let mut rest = Vec::new();
    let _ = soon(stream.read_to_end(&mut rest)).await;
}
