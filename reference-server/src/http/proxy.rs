//! The one trusted hop: the proxy that may say where a request came from, and which id it has.
//!
//! The middleware removes every forwarding header that does not come from the trusted proxy. Everything
//! behind it may trust those that are left. A request without an id gets one, and the answer contains it.

use std::net::IpAddr;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use crate::http::listen::Peer;
use crate::identity::client::{Client, FORWARDED_PROTO, RequestId};
use crate::identity::live::Live;
use crate::settings::TrustedProxy;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const ID: HeaderName = HeaderName::from_static("x-request-id");
/// All forwarding headers that a client could forge. Only the first three are read.
const FORWARDING: [HeaderName; 8] = [
    FOR,
    FORWARDED_PROTO,
    ID,
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-prefix"),
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("forwarded"),
];

/// The middleware. It cleans the headers and adds the client and the request's id to the request.
pub(crate) async fn trust(
    State(live): State<Live>,
    Extension(peer): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let trusted = live.now().settings.trusted_proxy;
    let client = clean(request.headers_mut(), peer, trusted);
    let id = request_id(request.headers());
    // The highest level, so that a filter that lets a line through also lets its request's id through.
    let span = tracing::error_span!("request", id = &*id.0);
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(ID, value);
    }
    response
}

fn clean(headers: &mut HeaderMap, peer: Peer, trusted: Option<TrustedProxy>) -> Client {
    let (address, is_trusted) = match peer {
        Peer::Tcp(address) => {
            let address = address.ip().to_canonical();
            (
                Some(address),
                trusted == Some(TrustedProxy::Address(address)),
            )
        }
        Peer::Unix => (None, trusted == Some(TrustedProxy::Unix)),
    };
    if !is_trusted {
        let mut forwarded = false;
        for name in &FORWARDING {
            // Anybody may send an id, so an id is no sign of a proxy.
            forwarded |= headers.remove(name).is_some() && name != ID;
        }
        return Client::new(address, forwarded);
    }
    // The proxy itself added the last address; those before it come from the client.
    let forwarded_for = headers.get_all(FOR).iter().next_back();
    let last: Option<IpAddr> = forwarded_for
        .and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    let address = last.map(|address| address.to_canonical()).or(address);
    Client::new(address, forwarded_for.is_some() && last.is_none())
}

/// The proxy's id if it is valid; otherwise 128 random bits.
fn request_id(headers: &HeaderMap) -> RequestId {
    let word = |value: &HeaderValue| {
        let text = value.to_str().ok()?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let good = (1..=64).contains(&text.len()) && text.bytes().all(plain);
        good.then(|| RequestId(text.into()))
    };
    headers
        .get(ID)
        .and_then(word)
        .unwrap_or_else(|| RequestId(format!("{:032x}", rand::random::<u128>()).into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::client::Scheme;

    #[test]
    fn only_the_trusted_hop_is_believed() {
        let check = |trusted: Option<&str>, forwarded: &[&str], client: &str, scheme: Scheme| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append(FOR, value.parse().expect("a value"));
            }
            headers.insert(FORWARDED_PROTO, "https".parse().expect("a value"));
            headers.insert("x-forwarded-host", "evil.example".parse().expect("a value"));
            let peer = Peer::Tcp("127.0.0.1:1".parse().expect("an address"));
            let trusted =
                trusted.map(|text| TrustedProxy::Address(text.parse().expect("an address")));
            let found = clean(&mut headers, peer, trusted);
            assert_eq!(found.to_string(), client, "{trusted:?} {forwarded:?}");
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

    #[test]
    fn a_client_behind_an_untrusted_proxy_is_not_local() {
        let peer = Peer::Tcp("127.0.0.1:1".parse().expect("an address"));
        let trusted = Some(TrustedProxy::Address("127.0.0.1".parse().expect("one")));
        let is_local = |trusted, name: HeaderName, value: &str| {
            let mut headers = HeaderMap::from_iter([(name, value.parse().expect("a value"))]);
            clean(&mut headers, peer, trusted).is_local()
        };
        for name in FORWARDING {
            assert_eq!(is_local(None, name.clone(), "x"), name == ID, "{name}");
        }
        assert!(is_local(trusted, ID, "x"));
        assert!(is_local(trusted, FOR, "127.0.0.1"));
        assert!(!is_local(trusted, FOR, "203.0.113.7"));
        assert!(!is_local(trusted, FOR, "nonsense"));
    }

    #[test]
    fn a_peer_at_a_unix_socket_is_the_proxy_when_the_settings_say_so() {
        let mut headers = HeaderMap::new();
        headers.insert(FOR, "203.0.113.7".parse().expect("a value"));
        headers.insert(ID, "from-the-proxy".parse().expect("a value"));
        let client = clean(&mut headers, Peer::Unix, Some(TrustedProxy::Unix));
        assert_eq!(client.to_string(), "203.0.113.7");
        assert_eq!(&*request_id(&headers).0, "from-the-proxy");
        let client = clean(&mut headers, Peer::Unix, None);
        assert!(client.address().is_none());
        assert_eq!(request_id(&headers).0.len(), 32);
        assert!(clean(&mut headers, Peer::Unix, None).is_local());
        headers.insert(ID, "a b\"".parse().expect("a value"));
        assert_eq!(request_id(&headers).0.len(), 32);
    }
}
