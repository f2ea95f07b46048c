//! The one trusted hop: which proxy may say where a request came from.
//!
//! The middleware removes every forwarding header that does not come from the trusted proxy. What stands
//! behind it may believe those that are left.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::Response;

use crate::routes::App;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// All that a client could forge; only the first two are read.
const FORWARDING: [HeaderName; 7] = [
    FOR,
    PROTO,
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-prefix"),
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("forwarded"),
];

/// How the client reached the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Plain, on loopback.
    Http,
    /// TLS, ended by the proxy.
    Https,
}

impl Scheme {
    /// Of a request whose headers this module has cleaned.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        match headers.get(PROTO).map(|value| value.as_bytes()) {
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

/// The address of the client itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(pub(crate) IpAddr);

/// Cleans the headers, and says who the client is.
pub(crate) async fn trust(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let client = clean(
        request.headers_mut(),
        peer.ip().to_canonical(),
        app.settings.trusted_proxy,
    );
    request.extensions_mut().insert(client);
    next.run(request).await
}

fn clean(headers: &mut HeaderMap, peer: IpAddr, trusted: Option<IpAddr>) -> Client {
    if trusted != Some(peer) {
        for name in &FORWARDING {
            headers.remove(name);
        }
        return Client(peer);
    }
    // The last one is what the proxy itself added; those before it are the client's own words.
    let last = headers
        .get_all(FOR)
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    Client(last.unwrap_or(peer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_trusted_hop_is_believed() {
        let check = |trusted: Option<&str>, forwarded: &[&str], client: &str, scheme: Scheme| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append(FOR, value.parse().expect("a value"));
            }
            headers.insert(PROTO, "https".parse().expect("a value"));
            headers.insert("x-forwarded-host", "evil.example".parse().expect("a value"));
            let peer = "127.0.0.1".parse().expect("an address");
            let trusted = trusted.map(|text| text.parse().expect("an address"));
            let found = clean(&mut headers, peer, trusted);
            assert_eq!(found.0.to_string(), client, "{trusted:?} {forwarded:?}");
            assert_eq!(Scheme::of(&headers), scheme, "{trusted:?}");
        };
        let proxy = Some("127.0.0.1");
        check(proxy, &["203.0.113.7"], "203.0.113.7", Scheme::Https);
        check(
            proxy,
            &["1.1.1.1, 203.0.113.7"],
            "203.0.113.7",
            Scheme::Https,
        );
        check(
            proxy,
            &["1.1.1.1", "203.0.113.7"],
            "203.0.113.7",
            Scheme::Https,
        );
        check(proxy, &["nonsense"], "127.0.0.1", Scheme::Https);
        check(proxy, &[], "127.0.0.1", Scheme::Https);
        check(None, &["203.0.113.7"], "127.0.0.1", Scheme::Http);
        check(
            Some("192.0.2.1"),
            &["203.0.113.7"],
            "127.0.0.1",
            Scheme::Http,
        );
    }
}
