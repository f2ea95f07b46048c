//! A connection that ends in time, whatever the peer sends.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use url::Url;

use crate::subject::host::Host;

/// A connection with one deadline for everything together: a byte now and then does not extend it.
#[derive(Debug)]
pub(super) struct Timed {
    stream: TcpStream,
    deadline: Instant,
}

impl Timed {
    pub(super) fn connect(host: &Host) -> io::Result<Self> {
        let deadline = Instant::now() + host.patience;
        let address = address(&host.base, host)?;
        let stream = TcpStream::connect_timeout(&address, host.patience)?;
        Ok(Self { stream, deadline })
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(left)
    }
}

impl Read for Timed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(into)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn address(base: &Url, host: &Host) -> io::Result<SocketAddr> {
    let port = base.port_or_known_default().unwrap_or(443);
    if let Some(address) = host.route.connect_to() {
        return Ok((address, port).into());
    }
    let name = host.name().trim_matches(['[', ']']);
    let mut found = (name, port).to_socket_addrs()?;
    found
        .next()
        .ok_or_else(|| io::Error::other("the name resolves to no address"))
}
