//! Notifications to the service manager: ready after the self-check, reloading, stopping, and a sign of life
//! as long as the scheduler's heartbeat runs and the server answers its own health check.
//!
//! Without a service manager (no NOTIFY_SOCKET) all of these do nothing.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::ground::address::Address;

/// How long the server may take to answer itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// The server serves: it has answered its own health check.
pub(crate) fn ready(address: &Address) {
    let status = format!("serving on {address}");
    tell(&[NotifyState::Ready, NotifyState::Status(&status)]);
}

/// The operator asked for a reload, which `ready` ends.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!(%error, "cannot notify the service manager without a clock"),
    }
}

/// From now on the server accepts no new clients.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "cannot notify the service manager");
    }
}

/// Asks the server for its health over its own socket, like a client that knows it as `host`.
///
/// # Errors
/// The answer is not 200, or does not come in time.
pub(crate) async fn check(address: &Address, host: &str) -> io::Result<()> {
    let asked = async {
        match address {
            Address::Tcp(address) => {
                ask(TcpStream::connect(reachable(*address)).await?, host).await
            }
            Address::Unix(path) => ask(UnixStream::connect(path).await?, host).await,
        }
    };
    let answer = timeout(PATIENCE, asked).await.map_err(io::Error::from)??;
    if answer.starts_with(b"HTTP/1.1 200") {
        return Ok(());
    }
    let first = answer
        .split(|byte| *byte == b'\r')
        .next()
        .unwrap_or_default();
    Err(io::Error::other(format!(
        "its health check answered `{}`",
        String::from_utf8_lossy(first)
    )))
}

async fn ask<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, host: &str) -> io::Result<Vec<u8>> {
    let request = format!(
        "GET /health HTTP/1.1\r\nHost: {host}\r\nUser-Agent: self-check\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// The address at which the server reaches itself, also if it listens on all addresses.
fn reachable(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Sends signs of life until the stop, three times as often as the service manager requires. If the scheduler hangs, or
/// the server does not answer itself, it sends none, and the service manager restarts it.
pub(crate) async fn watch(
    address: &Address,
    host: impl Fn() -> String,
    since_beat: impl Fn() -> Duration,
    stop: &CancellationToken,
) {
    let Some(limit) = sd_notify::watchdog_enabled() else {
        return;
    };
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(limit / 3) => {}
        }
        let beat = since_beat();
        if beat > limit {
            tracing::error!(?beat, "the scheduler hangs");
            continue;
        }
        match check(address, &host()).await {
            Ok(()) => tell(&[NotifyState::Watchdog]),
            Err(error) => tracing::error!(%error, "the server does not answer itself"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn check_answer(answer: &'static [u8]) -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await?;
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await?;
            stream.write_all(answer).await
        });
        check(&Address::Tcp(address), "localhost").await
    }

    #[tokio::test]
    async fn only_an_answer_of_200_is_health() {
        assert!(check_answer(b"HTTP/1.1 200 OK\r\n\r\n").await.is_ok());
        let error = check_answer(b"HTTP/1.1 503 No\r\n\r\n")
            .await
            .expect_err("unhealthy");
        assert!(error.to_string().contains("503"), "{error}");
        assert!(check_answer(b"").await.is_err());
    }
}
