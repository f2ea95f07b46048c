//! Closes a connection from outside, even after it became a WebSocket and the HTTP library no longer controls it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Is called with the number of bytes that the kernel has accepted.
type OnReceived = Box<dyn Fn(u64) + Send + Sync>;

/// The handle of a connection. Every request has its connection's in its extensions. Clones are the same connection.
#[derive(Clone, Default)]
pub(crate) struct Hangup(Arc<Connection>);

#[derive(Default)]
struct Connection {
    dead: CancellationToken,
    /// Set once the connection is a WebSocket: counts what its client has received.
    on_received: OnceLock<OnReceived>,
}

/// A connection that may have closed.
pub(crate) struct MaybeGone(Weak<Connection>);

impl MaybeGone {
    pub(crate) fn is_gone(&self) -> bool {
        self.0.strong_count() == 0
    }

    pub(crate) fn hang_up(&self) {
        if let Some(connection) = self.0.upgrade() {
            connection.dead.cancel();
        }
    }
}

impl Hangup {
    /// From now on the connection belongs to one transport, and `on_received` is called for every write.
    pub(crate) fn carry(&self, on_received: impl Fn(u64) + Send + Sync + 'static) -> MaybeGone {
        // A connection that belongs to a WebSocket already stays with it.
        let _ = self.0.on_received.set(Box::new(on_received));
        MaybeGone(Arc::downgrade(&self.0))
    }

    /// Wraps the stream so that it ends on `hang_up`.
    pub(crate) fn line<S>(&self, stream: S) -> Line<S> {
        let dead = || Box::pin(self.0.dead.clone().cancelled_owned());
        Line {
            stream: Box::pin(stream),
            to_reader: dead(),
            to_writer: dead(),
            connection: Arc::clone(&self.0),
        }
    }
}

/// A stream that fails every read and write once it is hung up. Hanging up wakes the task that waits to read and the
/// task that waits to write; these may be two tasks.
pub(crate) struct Line<S> {
    stream: Pin<Box<S>>,
    to_reader: Pin<Box<WaitForCancellationFutureOwned>>,
    to_writer: Pin<Box<WaitForCancellationFutureOwned>>,
    connection: Arc<Connection>,
}

impl<S> Line<S> {
    /// Bytes that the kernel has accepted count as received by the client: the kernel's buffer is bounded.
    fn written(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &written
            && let Some(on_received) = self.connection.on_received.get()
        {
            on_received(*bytes as u64);
        }
        written
    }
}

fn is_alive(
    hung_up: &mut Pin<Box<WaitForCancellationFutureOwned>>,
    context: &mut Context<'_>,
) -> io::Result<()> {
    match hung_up.as_mut().poll(context) {
        Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
        Poll::Pending => Ok(()),
    }
}

impl<S: AsyncRead> AsyncRead for Line<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        is_alive(&mut self.to_reader, context)?;
        self.stream.as_mut().poll_read(context, buffer)
    }
}

impl<S: AsyncWrite> AsyncWrite for Line<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        is_alive(&mut self.to_writer, context)?;
        let written = self.stream.as_mut().poll_write(context, bytes);
        self.written(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        is_alive(&mut self.to_writer, context)?;
        self.stream.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        is_alive(&mut self.to_writer, context)?;
        let written = self.stream.as_mut().poll_write_vectored(context, parts);
        self.written(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn fails_when_hung_up(waiting: impl Future<Output = io::Result<()>>, hangup: Hangup) {
        let ended = async { tokio::join!(waiting, async { hangup.0.dead.cancel() }).0 };
        let ended = tokio::time::timeout(Duration::from_secs(10), ended).await;
        let error = ended.expect("in time").expect_err("dead");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
    }

    #[tokio::test]
    async fn hanging_up_wakes_a_waiting_reader() {
        let (_other, near) = tokio::io::duplex(16);
        let hangup = Hangup::default();
        let mut line = hangup.line(near);
        fails_when_hung_up(async { line.read_u8().await.map(drop) }, hangup).await;
    }

    #[tokio::test]
    async fn hanging_up_wakes_a_waiting_writer() {
        let (_other, near) = tokio::io::duplex(16);
        let hangup = Hangup::default();
        let mut line = hangup.line(near);
        fails_when_hung_up(async { line.write_all(&[0; 64]).await }, hangup).await;
    }
}
