//! Where a request comes from, according to the one trusted hop: the client, its scheme, and the request's id.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};

/// The header in which the proxy says how the client reached it.
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
    /// Reads the scheme of a request. `http::proxy` must have cleaned the headers before.
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

/// The client that a request comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    /// `None` for a peer on a Unix socket if no proxy has named an address.
    address: Option<IpAddr>,
    /// The request came through a proxy that no setting trusts, so the client may be anywhere.
    forwarded: bool,
}

impl Client {
    pub(crate) const fn new(address: Option<IpAddr>, forwarded: bool) -> Self {
        Self { address, forwarded }
    }

    pub(crate) const fn address(self) -> Option<IpAddr> {
        self.address
    }

    /// Whether it is a program on this machine.
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

/// The id of a request in every log.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) Arc<str>);
