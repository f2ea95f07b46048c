//! The way to a target: which address to connect to, and which certificates to trust.

use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;

use native_tls::{Certificate, TlsConnector};

use targets::Target;
use walk::Direct;

use crate::error::ProbeError;

/// How connections to a target are made.
#[derive(Clone, Debug)]
pub struct Route {
    host: Option<String>,
    connect_to: Option<IpAddr>,
    trust: Vec<u8>,
    tls: TlsConnector,
}

/// A connector that trusts the system's authorities. Made once, because reading them takes longer than a small
/// scenario.
fn system() -> Result<TlsConnector, ProbeError> {
    static SYSTEM: OnceLock<TlsConnector> = OnceLock::new();
    if let Some(known) = SYSTEM.get() {
        return Ok(known.clone());
    }
    let new = TlsConnector::new().map_err(ProbeError::Tls)?;
    Ok(SYSTEM.get_or_init(|| new).clone())
}

impl Route {
    /// The route that the target file describes.
    ///
    /// # Errors
    /// When its `trust` cannot be read or is no certificate.
    pub fn of(target: &Target) -> Result<Self, ProbeError> {
        let wrong = |path: &std::path::Path, why: String| ProbeError::Trust {
            path: path.to_owned(),
            why,
        };
        let trust = match &target.trust {
            None => Vec::new(),
            Some(path) => std::fs::read(path).map_err(|error| wrong(path, error.to_string()))?,
        };
        let tls = match &target.trust {
            Some(path) if !trust.is_empty() => {
                let mut tls = TlsConnector::builder();
                let certificate = Certificate::from_pem(&trust)
                    .map_err(|error| wrong(path, error.to_string()))?;
                tls.add_root_certificate(certificate);
                tls.build().map_err(ProbeError::Tls)?
            }
            _ => system()?,
        };
        Ok(Self {
            tls,
            host: target
                .base
                .as_ref()
                .and_then(|base| base.host_str().map(str::to_owned)),
            connect_to: target.connect_to,
            trust,
        })
    }

    /// The address to connect to instead of the one that the base's host name resolves to.
    #[must_use]
    pub const fn connect_to(&self) -> Option<IpAddr> {
        self.connect_to
    }

    /// The authority's certificate in PEM; empty if the system's own authorities are enough.
    #[must_use]
    pub fn trust(&self) -> &[u8] {
        &self.trust
    }

    /// An HTTP client that goes this way and follows no redirect.
    pub fn client(&self) -> reqwest::ClientBuilder {
        let mut client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .use_preconfigured_tls(self.tls.clone());
        if let (Some(host), Some(address)) = (&self.host, self.connect_to) {
            // Port 0 means the port of the URL.
            client = client.resolve(host, SocketAddr::new(address, 0));
        }
        client
    }

    /// How a client library connects; none where it would connect to another address.
    pub(crate) fn direct(&self) -> Option<Direct> {
        let trust = String::from_utf8_lossy(&self.trust);
        let direct = Direct {
            tls: self.tls.clone(),
            trust: (!trust.is_empty()).then(|| trust.as_ref().into()),
        };
        self.connect_to.is_none().then_some(direct)
    }
}
