//! TLS as a stranger sees it: which versions are spoken, and what the certificate says.
//!
//! The client offers even what it should never use itself, at OpenSSL's security level 0: otherwise it
//! would refuse an old version by itself and call the server good.

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

/// Shakes hands in this version alone, on a thread of its own: OpenSSL's client blocks.
pub(crate) async fn handshake(host: &Host, version: SslVersion) -> Spoken {
    let host = host.clone();
    let shaking = tokio::task::spawn_blocking(move || shake(&host, version));
    match shaking.await {
        Ok(Ok(certificate)) => Spoken::Yes(Box::new(certificate)),
        Ok(Err(spoken)) => spoken,
        Err(error) => Spoken::Unknown(error.to_string()),
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
    let verified = stream.ssl().verify_result();
    Certificate::read(&certificate, verified, host.name()).map_err(own)
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
