//! Where a request comes from, as the one trusted hop says: the client, how it reached us, and the request's name.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};

/// Says how the client reached the proxy.
pub(crate) const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// How the client reached the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Plain, on loopback.
    Http,
    /// TLS, ended by the proxy.
    Https,
}

impl Scheme {
    /// Of a request whose headers `http::proxy` has cleaned.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        match headers.get(FORWARDED_PROTO).map(|value| value.as_bytes()) {
            Some(b"https") => Self::Https,
            _ => Self::Http,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// The client itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    /// None is known of a peer at a Unix socket that no proxy speaks for.
    address: Option<IpAddr>,
    /// It came through a proxy that nobody told us to trust: it may be anywhere.
    forwarded: bool,
}

impl Client {
    pub(crate) const fn new(address: Option<IpAddr>, forwarded: bool) -> Self {
        Self { address, forwarded }
    }

    pub(crate) const fn address(self) -> Option<IpAddr> {
        self.address
    }

    /// Whether it is a program of this machine.
    pub(crate) fn is_local(self) -> bool {
        !self.forwarded && self.address.is_none_or(|address| address.is_loopback())
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(address) => write!(f, "{address}"),
            None => f.write_str("unix"),
        }
    }
}

/// What a request is called in every log.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) Arc<str>);
