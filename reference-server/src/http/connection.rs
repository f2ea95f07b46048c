//! One connection after the other: how long a client may take, and how much it may say before it is heard.
//!
//! The HTTP library's own server has none of these limits, so its connections are driven here. At the stop
//! an idle one is closed, and an answer in flight is given first.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::http::limits;
use crate::http::listen::{Listening, Peer, Stream};
use crate::transport::hangup::Hangup;

/// A connection that has asked nothing when the server stops has so long to do it.
const FIRST_REQUEST: Duration = Duration::from_secs(1);

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Idle, or sending the head of a request.
    pub(crate) head: Duration,
    /// Reading nothing of what is sent to it.
    pub(crate) reader: Duration,
}

/// Serves until the stop, and gives what still runs then.
pub(crate) async fn serve(
    listening: Listening,
    router: Router,
    patience: Patience,
    stop: CancellationToken,
) -> TaskTracker {
    let running = TaskTracker::new();
    let mut http = Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(patience.head)
        .max_headers(limits::HEADER_FIELDS)
        .max_buf_size(limits::HEAD);
    let http = Arc::new(http);
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => {
                running.close();
                return running;
            }
            accepted = listening.accept(patience.reader) => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (http, router) = (Arc::clone(&http), router.clone());
                let stop = stop.clone();
                match stream {
                    Stream::Tcp(stream) => {
                        running.spawn(drive(http, stream, peer, router, patience, stop));
                    }
                    Stream::Unix(stream) => {
                        running.spawn(drive(http, stream, peer, router, patience, stop));
                    }
                }
            }
            Err(error) => refused(&error).await,
        }
    }
}

/// A client that is gone before it was accepted is nothing; without files or memory the server lets some
/// go before it asks again.
async fn refused(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        return;
    }
    tracing::error!(%error, "cannot accept a connection");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// The stop, and for a connection that was only just accepted its first request: that is on its way, and nobody
/// has refused it.
async fn is_over(stop: &CancellationToken, asked: &CancellationToken) {
    stop.cancelled().await;
    // One that says nothing loses nothing.
    let _ = tokio::time::timeout(FIRST_REQUEST, asked.cancelled()).await;
}

async fn drive<S: AsyncRead + AsyncWrite + Send + 'static>(
    http: Arc<Builder>,
    stream: S,
    peer: Peer,
    router: Router,
    patience: Patience,
    stop: CancellationToken,
) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(patience.reader));
    let hangup = Hangup::default();
    let stream = hangup.line(stream);
    let asked = CancellationToken::new();
    let asks = asked.clone();
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        let (router, hangup) = (router.clone(), hangup.clone());
        asks.cancel();
        async move {
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(hangup);
            let answer: Result<Response<Body>, Infallible> = router.oneshot(request).await;
            answer
        }
    });
    let connection = http.serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection.with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = is_over(&stop, &asked) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // The client went, was too slow, or spoke no HTTP: nothing that an operator could mend.
        tracing::debug!(%error, "a connection ended early");
    }
}
