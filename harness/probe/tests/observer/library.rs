//! The library's client: what counts as a refusal, and what as no connection.

use std::net::SocketAddr;

use probe::{ClientKind, OpenOptions, Opened, ProbeError, Tab, Transport};

use crate::server::{browser, stubborn};

/// How opening with the library ends at this address: `refused: …`, or `no connection`.
async fn library(address: SocketAddr, transport: Transport) -> String {
    let browser = browser(address);
    let options = OpenOptions {
        client: ClientKind::RustSocketio,
        transport,
        ..OpenOptions::default()
    };
    match Tab::open(&browser, "1", options).await {
        Ok(Opened::Refused(words)) => format!("refused: {words}"),
        Ok(Opened::Granted(_)) => "granted".to_owned(),
        Err(ProbeError::NoConnection { .. }) => "no connection".to_owned(),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_status_is_a_refusal_of_the_library() {
    const PAGE: &str = "content-length: 4\r\nconnection: close\r\n\r\npage";
    let transports = [Transport::Websocket, Transport::Polling];
    for transport in transports {
        let refusing =
            stubborn("HTTP/1.1 429 No\r\ncontent-length: 4\r\nconnection: close\r\n\r\npage");
        let ended = library(refusing.await, transport).await;
        assert!(ended.starts_with("refused: status 429"), "{ended}");
        // A reset is not a refusal, and neither is a port whose digits look like a status.
        let resetting = stubborn("").await;
        assert_eq!(library(resetting, transport).await, "no connection");
        for port in [403, 40312, 50300] {
            let nobody = SocketAddr::from(([127, 0, 0, 1], port));
            if std::net::TcpListener::bind(nobody).is_ok() {
                assert_eq!(library(nobody, transport).await, "no connection");
            }
        }
    }
    let page: &'static str = format!("HTTP/1.1 200 OK\r\n{PAGE}").leak();
    let ended = library(stubborn(page).await, Transport::Polling).await;
    assert_eq!(ended, "no connection");
    // If a refusal over polling has no body, the library asks again forever.
    let empty = "HTTP/1.1 403 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let ended = library(stubborn(empty).await, Transport::Polling).await;
    assert_eq!(ended, "refused: status 403");
}
