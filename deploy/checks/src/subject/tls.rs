//! TLS as a stranger sees it: which versions are spoken, and what the certificate says.
//!
//! The client offers even versions that nobody should use, at OpenSSL's security level 0. Otherwise it would
//! itself refuse an old version, and call the server good.

mod certificate;
mod timed;

use std::fmt::Display;
use std::io;
use std::time::Duration;

use openssl::ssl::{HandshakeError, SslConnector, SslMethod, SslVerifyMode, SslVersion};
use openssl::x509::X509;

use self::certificate::Certificate;
use self::timed::Timed;
use super::host::Host;
use super::silence::Silence;

/// How a handshake in one version ended.
pub(crate) enum TlsHandshake {
    /// The server speaks it.
    Accepted(Box<Certificate>),
    /// The server answered, but not in this version.
    Refused(String),
    /// The connection was refused.
    NothingListens,
    /// There was no answer in time, no way to the host, or this machine's OpenSSL cannot speak the version.
    Unknown(String),
}

/// Shakes hands in this version only. It runs on a thread of its own, because OpenSSL's client blocks.
pub(crate) async fn handshake(host: &Host, version: SslVersion) -> TlsHandshake {
    let host = host.clone();
    let shaking = tokio::task::spawn_blocking(move || shake(&host, version));
    match shaking.await {
        Ok(Ok(certificate)) => TlsHandshake::Accepted(Box::new(certificate)),
        Ok(Err(handshake)) => handshake,
        Err(error) => TlsHandshake::Unknown(error.to_string()),
    }
}

fn cannot(error: impl Display) -> TlsHandshake {
    TlsHandshake::Unknown(format!("this machine's OpenSSL cannot do it: {error}"))
}

fn shake(host: &Host, version: SslVersion) -> Result<Certificate, TlsHandshake> {
    let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(cannot)?;
    builder.set_cipher_list("ALL:@SECLEVEL=0").map_err(cannot)?;
    builder
        .set_min_proto_version(Some(version))
        .map_err(cannot)?;
    builder
        .set_max_proto_version(Some(version))
        .map_err(cannot)?;
    // An untrusted certificate is a finding and not a failure; it is verified below.
    builder.set_verify(SslVerifyMode::NONE);
    if !host.route.trust().is_empty() {
        let authority = X509::from_pem(host.route.trust()).map_err(cannot)?;
        builder
            .cert_store_mut()
            .add_cert(authority)
            .map_err(cannot)?;
    }
    let stream = Timed::connect(host).map_err(|error| match error.kind() {
        io::ErrorKind::ConnectionRefused => TlsHandshake::NothingListens,
        _ => TlsHandshake::Unknown(format!("no connection: {error}")),
    })?;
    let shaking = builder.build().connect(host.name(), stream);
    let stream = shaking.map_err(|error| failure(error, host.patience))?;
    let certificate = stream.ssl().peer_certificate();
    let none = || TlsHandshake::Unknown("the server sent no certificate".to_owned());
    let certificate = certificate.ok_or_else(none)?;
    let verified = stream.ssl().verify_result();
    Certificate::read(&certificate, verified, host.name()).map_err(cannot)
}

/// An alert, a reset and a close are answers. Silence is not.
fn failure(error: HandshakeError<Timed>, patience: Duration) -> TlsHandshake {
    let is_late = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
        )
    };
    match error {
        HandshakeError::SetupFailure(error) => cannot(error),
        HandshakeError::WouldBlock(_) => late(patience),
        HandshakeError::Failure(failed) => match failed.error().io_error() {
            Some(error) if is_late(error) => late(patience),
            _ => TlsHandshake::Refused(failed.error().to_string()),
        },
    }
}

fn late(patience: Duration) -> TlsHandshake {
    TlsHandshake::Unknown(Silence::Late(patience).to_string())
}
