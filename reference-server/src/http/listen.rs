//! Listening: on an address, on a Unix socket, or on the socket that the service manager holds.
//!
//! A socket of the service manager stays open while the server restarts, so clients wait in its queue and
//! none is refused.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use diagnostics::{Diagnostic, Place};
use listenfd::ListenFd;
use socket2::SockRef;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use crate::ground::address::Address;
use crate::settings::Bind;

/// A listener of either kind.
#[derive(Debug)]
pub enum Listening {
    /// On an address.
    Tcp(TcpListener),
    /// On a path.
    Unix(UnixListener),
}

impl From<TcpListener> for Listening {
    fn from(listener: TcpListener) -> Self {
        Self::Tcp(listener)
    }
}

impl From<UnixListener> for Listening {
    fn from(listener: UnixListener) -> Self {
        Self::Unix(listener)
    }
}

/// Why the server cannot listen.
#[derive(Debug, Error)]
pub enum ListenError {
    /// The address or the path cannot be used.
    #[error("cannot listen on {bind}: {source}")]
    Bind {
        /// The value of BIND.
        bind: Bind,
        /// The error of the system.
        source: io::Error,
    },
    /// Another server listens there already.
    #[error("another server already listens on {0}")]
    Taken(Bind),
    /// BIND says that the service manager has a socket, but it passed none, or several.
    #[error("`BIND` is `systemd`, but systemd passed {0} sockets instead of one")]
    NotOne(usize),
    /// The service manager passed a socket, but BIND names an address or a path.
    #[error("systemd passed a socket, but `BIND` is {0}")]
    Both(Bind),
    /// The service manager's socket is not one to listen on.
    #[error("cannot listen on the socket that systemd passed: {0}")]
    Given(#[source] io::Error),
}

impl ListenError {
    /// Whether another server listens there already.
    pub(crate) fn is_taken(&self) -> bool {
        match self {
            Self::Bind { source, .. } => source.kind() == io::ErrorKind::AddrInUse,
            other => matches!(other, Self::Taken(_)),
        }
    }

    /// The error as a person reads it.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let (bind, fix) = match self {
            Self::Bind { bind, .. } | Self::Taken(bind) => (
                bind,
                "set BIND to a free address, or stop the server that uses this one",
            ),
            Self::NotOne(_) => (
                &Bind::Systemd,
                "give the socket unit one ListenStream, and start the service through it",
            ),
            Self::Both(bind) => (bind, "set BIND=systemd, or disable the socket unit"),
            Self::Given(_) => (
                &Bind::Systemd,
                "give the socket unit a ListenStream that is a TCP port or a path",
            ),
        };
        Diagnostic::new(self, Place::named(format!("BIND={bind}")), fix)
    }
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Tcp(SocketAddr),
    Unix,
}

/// A connection that was accepted.
pub(crate) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Listening {
    /// Listens where `bind` says, or on the socket that the service manager passed.
    ///
    /// # Errors
    /// The address does not exist, or another process uses it.
    pub async fn open(bind: &Bind, bind_is_set: bool) -> Result<Self, ListenError> {
        let mut given = ListenFd::from_env();
        match (bind, given.len()) {
            (Bind::Systemd, 1) => Self::given(&mut given),
            (Bind::Systemd, n) => Err(ListenError::NotOne(n)),
            (_, 1) if !bind_is_set => Self::given(&mut given),
            (_, 1..) => Err(ListenError::Both(bind.clone())),
            (Bind::Tcp(address), 0) => match TcpListener::bind(address).await {
                Ok(listener) => Ok(Self::Tcp(listener)),
                Err(source) => Err(ListenError::Bind {
                    bind: bind.clone(),
                    source,
                }),
            },
            (Bind::Unix(path), 0) => Self::at(bind, path).await,
        }
    }

    fn given(given: &mut ListenFd) -> Result<Self, ListenError> {
        // If the socket is of the other kind, this call leaves it for the next one.
        if let Ok(Some(listener)) = given.take_tcp_listener(0) {
            let ready = listener.set_nonblocking(true);
            let listener = ready.and_then(|()| TcpListener::from_std(listener));
            return listener.map(Self::Tcp).map_err(ListenError::Given);
        }
        let listener = given.take_unix_listener(0).and_then(|listener| {
            let listener = listener.ok_or(io::ErrorKind::InvalidInput)?;
            listener.set_nonblocking(true)?;
            UnixListener::from_std(listener)
        });
        listener.map(Self::Unix).map_err(ListenError::Given)
    }

    /// Listens on a path. A socket file that nobody serves was left by a killed server and is removed; any other file
    /// stays.
    async fn at(bind: &Bind, path: &Path) -> Result<Self, ListenError> {
        let failed = |source| ListenError::Bind {
            bind: bind.clone(),
            source,
        };
        let left = std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
        if left {
            // Any other error may come from a server with a full queue, or one that this user may not connect to.
            match UnixStream::connect(path).await {
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                _ => return Err(ListenError::Taken(bind.clone())),
            }
            std::fs::remove_file(path).map_err(failed)?;
        }
        let listener = UnixListener::bind(path).map_err(failed)?;
        // The proxy is in the file's group; nobody else may connect.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660)).map_err(failed)?;
        Ok(Self::Unix(listener))
    }

    /// Restores the state before `open`: removes the socket file if this process has created it. A socket that was
    /// passed stays.
    pub(crate) fn close(self, bind: &Bind) {
        if let Bind::Unix(path) = bind {
            // If this fails, the file was removed by somebody else.
            let _ = std::fs::remove_file(path);
        }
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The socket has no name.
    pub fn address(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            Self::Unix(listener) => {
                let address = listener.local_addr()?;
                let path = address.as_pathname().ok_or(io::ErrorKind::InvalidInput)?;
                Ok(Address::Unix(path.to_owned()))
            }
        }
    }

    /// Waits for the next client. Small events are sent to it without delay, and it counts as lost if it acknowledges
    /// nothing for as long as `patience`.
    pub(crate) async fn accept(&self, patience: Duration) -> io::Result<(Stream, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                prepare(&stream, patience);
                Ok((Stream::Tcp(stream), Peer::Tcp(peer)))
            }
            Self::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok((Stream::Unix(stream), Peer::Unix))
            }
        }
    }
}

fn prepare(stream: &TcpStream, patience: Duration) {
    let socket = SockRef::from(stream);
    let set = socket
        .set_tcp_nodelay(true)
        .and_then(|()| socket.set_tcp_user_timeout(Some(patience)));
    if let Err(error) = set {
        tracing::debug!(%error, "a connection closed before it was served");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_is_prepared_against_a_peer_that_stops_reading() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let listening = Listening::from(listener);
        let patience = Duration::from_secs(3);
        let (_client, accepted) =
            tokio::join!(TcpStream::connect(address), listening.accept(patience));
        let (Stream::Tcp(stream), Peer::Tcp(_)) = accepted.expect("a connection") else {
            panic!("another kind of connection");
        };
        let socket = SockRef::from(&stream);
        assert_eq!(
            socket.tcp_user_timeout().expect("an option"),
            Some(patience)
        );
        assert!(socket.tcp_nodelay().expect("an option"));
    }

    #[tokio::test]
    async fn a_socket_file_that_a_killed_server_left_is_taken_over_and_a_served_one_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("socket");
        let bind = Bind::Unix(path.clone());
        let first = Listening::open(&bind, true).await.expect("listens");
        assert_eq!(
            first.address().expect("a path"),
            Address::Unix(path.clone())
        );
        let mode = std::fs::metadata(&path)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o660);
        let error = Listening::open(&bind, true).await.expect_err("served");
        assert!(matches!(error, ListenError::Taken(_)), "{error}");
        drop(first);
        Listening::open(&bind, true).await.expect("taken over");
        std::fs::remove_file(&path).expect("removed");
        std::fs::write(&path, "precious").expect("written");
        let error = Listening::open(&bind, true).await.expect_err("a file");
        assert!(error.to_string().contains("cannot listen"), "{error}");
        assert_eq!(std::fs::read(&path).expect("there"), b"precious");
    }
}
