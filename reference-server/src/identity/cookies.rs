//! The session cookie and the CSRF token: both signed, neither guessable.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::{Cookie, CookieJar, Key, SameSite};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::ground::fault::{Fault, Open};
use crate::identity::client::Scheme;
use crate::identity::session_key::SessionKey;
use crate::settings::{Secret, Settings};

/// The cookie's name where there is no TLS.
pub(crate) const PLAIN: &str = "paralax_session";

/// The cookie's name. With the prefix for TLS a browser accepts it only from this host and sends it only over TLS.
const fn name(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Http => PLAIN,
        Scheme::Https => "__Host-paralax_session",
    }
}

pub(crate) struct Cookies {
    key: Key,
    previous: Option<Key>,
    token_key: Secret,
    previous_token_key: Option<Secret>,
    max_age: u64,
    fault: Open,
}

impl Cookies {
    pub(crate) fn new(settings: &Settings, fault: Open) -> Self {
        Self {
            key: settings.secret_key.cookie_key(),
            previous: settings
                .secret_key_previous
                .as_ref()
                .map(|secret| secret.cookie_key()),
            token_key: settings.secret_key.clone(),
            previous_token_key: settings.secret_key_previous.clone(),
            max_age: settings.session_lifetime.as_secs(),
            fault,
        }
    }

    /// The session id in the request, if our signature is valid.
    pub(crate) fn session_id(&self, headers: &HeaderMap) -> Option<String> {
        let (mut jar, name) = (CookieJar::new(), name(Scheme::of(headers)));
        for value in headers.get_all(header::COOKIE) {
            // The header may also contain other cookies, in any encoding.
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            for cookie in Cookie::split_parse(value).flatten() {
                if cookie.name() == name && jar.get(name).is_none() {
                    // RFC 6265 lets a client put quotes around a value, and Python's does.
                    let value = cookie.value_trimmed().to_owned();
                    jar.add_original(Cookie::new(name, value));
                }
            }
        }
        // FAULT FORGED-COOKIE: the id stands at the end, and its signature before it.
        if self.fault.is(Fault::ForgedCookie) {
            let value = jar.get(name)?.value();
            return value.get(value.len().checked_sub(43)?..).map(str::to_owned);
        }
        let keys = std::iter::once(&self.key).chain(&self.previous);
        keys.into_iter()
            .find_map(|key| Some(jar.signed(key).get(name)?.value().to_owned()))
    }

    /// The header that sets the cookie of this session.
    pub(crate) fn give(&self, id: &str, scheme: Scheme) -> Option<HeaderValue> {
        let (mut jar, name) = (CookieJar::new(), name(scheme));
        jar.signed_mut(&self.key)
            .add(Cookie::new(name, id.to_owned()));
        header(jar.get(name)?.clone(), scheme, self.max_age)
    }

    /// The header that removes the cookie.
    pub(crate) fn take(scheme: Scheme) -> Option<HeaderValue> {
        header(Cookie::new(name(scheme), ""), scheme, 0)
    }

    /// The token that a form of this session carries.
    pub(crate) fn token(&self, session: &SessionKey) -> String {
        token(&self.token_key, session)
    }

    pub(crate) fn is_token(&self, session: &SessionKey, token: &str) -> bool {
        let mut keys = std::iter::once(&self.token_key).chain(&self.previous_token_key);
        keys.any(|key| {
            let right = self::token(key, session);
            !right.is_empty() && bool::from(right.as_bytes().ct_eq(token.as_bytes()))
        })
    }
}

fn token(key: &Secret, session: &SessionKey) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.bytes()) else {
        return String::new();
    };
    mac.update(b"csrf:");
    mac.update(session.as_str().as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

fn header(mut cookie: Cookie<'_>, scheme: Scheme, max_age: u64) -> Option<HeaderValue> {
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(scheme == Scheme::Https);
    HeaderValue::from_str(&format!("{cookie}; Max-Age={max_age}")).ok()
}
