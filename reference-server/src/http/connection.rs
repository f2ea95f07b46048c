//! Serves connections, with limits on the time that a client may take and on the size of a request's head.
//!
//! axum's own server has none of these limits, so connections are driven here. At the stop
//! an idle connection is closed, and an answer in progress is completed first.

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

/// When the server stops, a connection without a request has this time to send its first one.
const FIRST_REQUEST: Duration = Duration::from_secs(1);

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// While it is idle or sends the head of a request.
    pub(crate) head: Duration,
    /// While it reads nothing of what is sent to it.
    pub(crate) reader: Duration,
}

/// Serves until the stop, and returns the connections that are still open then.
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
            Err(error) => after_accept_error(&error).await,
        }
    }
}

/// Ignores a client that disconnected before it was accepted. If files or memory are exhausted, waits until the server
/// may have released some.
async fn after_accept_error(error: &io::Error) {
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

/// Waits for the stop. A connection that was just accepted also gets a moment for its first request, which may be on
/// its way already.
async fn is_over(stop: &CancellationToken, asked: &CancellationToken) {
    stop.cancelled().await;
    // A connection that sends nothing loses nothing.
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
        // The client disconnected, was too slow, or did not speak HTTP. An operator can do nothing about it.
        tracing::debug!(%error, "a connection ended early");
    }
}
