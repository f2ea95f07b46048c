//! TLS as a stranger sees it: which versions are spoken, and what the certificate says.
//!
//! The client offers even what it should never use itself, at OpenSSL's security level 0: otherwise it
//! would refuse an old version by itself and call the server good.

use std::fmt::Display;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use openssl::asn1::Asn1Time;
use openssl::ssl::{HandshakeError, SslConnector, SslMethod, SslVerifyMode, SslVersion};
use openssl::x509::{X509, X509VerifyResult};
use url::Url;

use crate::host::{Host, Silence};

/// How an attempt to speak one version ended.
pub(crate) enum Spoken {
    /// It is spoken.
    Yes(Box<Certificate>),
    /// The server answered, and not in this version.
    No(String),
    /// The connection was refused.
    NobodyListens,
    /// There was no answer in time, no way there, or this machine's OpenSSL cannot speak it.
    Unknown(String),
}

/// What the server showed.
pub(crate) struct Certificate {
    pub(crate) days_left: i32,
    pub(crate) fits_name: bool,
    /// Why the chain is not trusted, if it is not.
    pub(crate) distrust: Option<String>,
}

/// Shakes hands in this version alone.
pub(crate) fn handshake(host: &Host, version: SslVersion) -> Spoken {
    match shake(host, version) {
        Ok(certificate) => Spoken::Yes(Box::new(certificate)),
        Err(spoken) => spoken,
    }
}

fn own(error: impl Display) -> Spoken {
    Spoken::Unknown(format!("this OpenSSL cannot: {error}"))
}

fn shake(host: &Host, version: SslVersion) -> Result<Certificate, Spoken> {
    let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(own)?;
    builder.set_cipher_list("ALL:@SECLEVEL=0").map_err(own)?;
    builder.set_min_proto_version(Some(version)).map_err(own)?;
    builder.set_max_proto_version(Some(version)).map_err(own)?;
    // Looked at below: a certificate that is not trusted is a finding and no failure.
    builder.set_verify(SslVerifyMode::NONE);
    if !host.route.trust().is_empty() {
        let authority = X509::from_pem(host.route.trust()).map_err(own)?;
        builder.cert_store_mut().add_cert(authority).map_err(own)?;
    }
    let stream = Timed::connect(host).map_err(|error| match error.kind() {
        io::ErrorKind::ConnectionRefused => Spoken::NobodyListens,
        _ => Spoken::Unknown(format!("no connection: {error}")),
    })?;
    let shaken = builder.build().connect(host.name(), stream);
    let stream = shaken.map_err(|error| not_shaken(error, host.patience))?;
    let certificate = stream.ssl().peer_certificate();
    let none = || Spoken::Unknown("the server showed no certificate".to_owned());
    let certificate = certificate.ok_or_else(none)?;
    let today = Asn1Time::days_from_now(0).map_err(own)?;
    let left = today.diff(certificate.not_after()).map_err(own)?;
    let verified = stream.ssl().verify_result();
    Ok(Certificate {
        days_left: left.days,
        fits_name: names(&certificate).any(|pattern| fits(&pattern, host.name())),
        distrust: (verified != X509VerifyResult::OK).then(|| verified.error_string().to_owned()),
    })
}

/// An alert, a reset and a close are answers; that nothing came is none.
fn not_shaken(error: HandshakeError<Timed>, patience: Duration) -> Spoken {
    let late = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
        )
    };
    match error {
        HandshakeError::SetupFailure(error) => own(error),
        HandshakeError::WouldBlock(_) => late_after(patience),
        HandshakeError::Failure(failed) => match failed.error().io_error() {
            Some(error) if late(error) => late_after(patience),
            _ => Spoken::No(failed.error().to_string()),
        },
    }
}

fn late_after(patience: Duration) -> Spoken {
    Spoken::Unknown(Silence::Late(patience).to_string())
}

/// A connection on which everything together may take so long: a byte now and then does not renew it.
#[derive(Debug)]
struct Timed {
    stream: TcpStream,
    deadline: Instant,
}

impl Timed {
    fn connect(host: &Host) -> io::Result<Self> {
        let deadline = Instant::now() + host.patience;
        let address = address(&host.target.base, host)?;
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
        .ok_or_else(|| io::Error::other("the name leads nowhere"))
}

/// The names that the certificate is for.
fn names(certificate: &X509) -> impl Iterator<Item = String> {
    let names = certificate.subject_alt_names().into_iter().flatten();
    names
        .filter_map(|name| {
            let address = || {
                let bytes = name.ipaddress()?;
                let v4 = <[u8; 4]>::try_from(bytes)
                    .map(|bytes| std::net::Ipv4Addr::from(bytes).to_string());
                let v6 = || {
                    <[u8; 16]>::try_from(bytes)
                        .map(|bytes| std::net::Ipv6Addr::from(bytes).to_string())
                };
                v4.or_else(|_| v6()).ok()
            };
            name.dnsname().map(str::to_owned).or_else(address)
        })
        .collect::<Vec<_>>()
        .into_iter()
}

/// A wildcard stands for one label, the first.
fn fits(pattern: &str, name: &str) -> bool {
    let name = name.trim_matches(['[', ']']);
    match pattern.strip_prefix("*.") {
        Some(rest) => name
            .split_once('.')
            .is_some_and(|(_, of)| of.eq_ignore_ascii_case(rest)),
        None => pattern.eq_ignore_ascii_case(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_label() {
        assert!(fits("Example.org", "example.ORG"));
        assert!(fits("*.example.org", "a.example.org"));
        assert!(!fits("*.example.org", "a.b.example.org"));
        assert!(!fits("*.example.org", "example.org"));
        assert!(fits("127.0.0.1", "127.0.0.1"));
    }
}
