//! A browser's cookies: those for this host, path and scheme, until they expire, and why one was rejected.
//!
//! The rules are those of RFC 6265 as browsers apply them, the prefixes `__Host-` and `__Secure-` included. The crate
//! `cookie_store` parses, stores, expires and matches. The rest is here: the prefixes, `Secure` over plain HTTP, the
//! limits of number and size, and a stable order.

use cookie_store::{Cookie, CookieError, CookieStore, RawCookie};
use reqwest::header::{HeaderMap, SET_COOKIE};
use url::Url;

/// Cookies in one jar, as many as Chromium keeps for one site. More are rejected.
const COOKIES: usize = 180;
/// Bytes of a cookie's name and value together, as in browsers (RFC 6265bis, 5.6).
const BYTES: usize = 4096;
/// Rejections that are remembered, one for each name.
const REJECTIONS: usize = 100;

/// One browser's cookies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jar {
    store: CookieStore,
    /// The names of cookies that were rejected, and why.
    rejected: Vec<(String, String)>,
}

impl Jar {
    /// Stores the cookies that an answer from `url` sets, and removes those that it expires.
    pub(crate) fn keep(&mut self, headers: &HeaderMap, url: &Url) {
        for value in headers.get_all(SET_COOKIE) {
            let text = String::from_utf8_lossy(value.as_bytes());
            let Ok(raw) = RawCookie::parse(text.into_owned()) else {
                continue;
            };
            let name = raw.name().to_owned();
            let taken = match Cookie::try_from_raw_cookie(&raw, url) {
                Ok(cookie) => self.take(cookie, url),
                Err(error) => Err(why(&error)),
            };
            self.rejected.retain(|(known, _)| *known != name);
            if let Err(why) = taken
                && self.rejected.len() < REJECTIONS
            {
                self.rejected.push((name, why.to_owned()));
            }
        }
    }

    fn take(&mut self, cookie: Cookie<'static>, url: &Url) -> Result<(), &'static str> {
        if cookie.name().len() + cookie.value().len() > BYTES {
            return Err("it has more than 4096 bytes");
        }
        if !prefix_holds(&cookie) {
            return Err("its attributes break the rules of its name's prefix");
        }
        if cookie.secure() == Some(true) && url.scheme() != "https" && !is_own_machine(url) {
            return Err("it is `Secure` and came over plain HTTP");
        }
        if self.store.iter_any().count() >= COOKIES {
            let left: Vec<Cookie<'static>> = self.store.iter_unexpired().cloned().collect();
            self.store =
                CookieStore::from_cookies(left.into_iter().map(Ok::<_, CookieError>), false)
                    .unwrap_or_default();
        }
        let holds = self.store.iter_any().any(|other| {
            other.name() == cookie.name()
                && other.path == cookie.path
                && other.domain == cookie.domain
        });
        if !holds && self.store.iter_any().count() >= COOKIES {
            return Err("the jar is full");
        }
        match self.store.insert(cookie, url) {
            Ok(_) | Err(CookieError::Expired) => Ok(()),
            Err(error) => Err(why(&error)),
        }
    }

    /// The cookies for a request to `url`, those with the longest path first.
    fn matching(&self, url: &Url) -> Vec<&Cookie<'static>> {
        let mut all = self.store.matches(&http(url));
        all.sort_by(|a, b| {
            let length = |cookie: &Cookie<'_>| cookie.path.as_ref().len();
            length(b)
                .cmp(&length(a))
                .then_with(|| a.name().cmp(b.name()))
        });
        all
    }

    /// The header of a request.
    pub(crate) fn header(&self, url: &Url) -> Option<String> {
        let cookies = self.matching(url);
        let pairs: Vec<String> = { cookies.iter() }
            .map(|cookie| format!("{}={}", cookie.name(), cookie.value()))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Names and values for a request to `url`, percent-decoded as scripts read them.
    pub(crate) fn pairs(&self, url: &Url) -> Vec<(String, String)> {
        let all = self.matching(url).into_iter();
        all.map(|cookie| (cookie.name().to_owned(), decoded(cookie.value())))
            .collect()
    }

    /// Changes the values of the cookies of these names, as far as the change has something for each.
    pub(crate) fn change(
        &mut self,
        url: &Url,
        is_meant: impl Fn(&str) -> bool,
        change: impl Fn(&str) -> Option<String>,
    ) -> bool {
        let meant: Vec<Cookie<'static>> = { self.matching(url).into_iter() }
            .filter(|cookie| is_meant(cookie.name()))
            .cloned()
            .collect();
        let mut is_changed = false;
        for cookie in meant {
            let Some(value) = change(cookie.value()) else {
                continue;
            };
            let mut raw: RawCookie<'static> = (*cookie).clone();
            raw.set_value(value);
            raw.set_path(String::from(cookie.path.clone()));
            let made = Cookie::try_from_raw_cookie(&raw, url);
            is_changed |= made.is_ok_and(|made| self.store.insert(made.into_owned(), url).is_ok());
        }
        is_changed
    }

    /// Why a cookie of this name was rejected, if one was.
    pub(crate) fn why_rejected(&self, name: &str) -> Option<&str> {
        let mut all = self.rejected.iter();
        all.find(|(known, _)| known == name)
            .map(|(_, why)| why.as_str())
    }
}

/// A WebSocket's handshake is an HTTP request.
fn http(url: &Url) -> Url {
    let mut url = url.clone();
    let scheme = match url.scheme() {
        "wss" => "https",
        "ws" => "http",
        _ => return url,
    };
    // The URL standard allows this change.
    let _ = url.set_scheme(scheme);
    url
}

/// A value without its percent signs, where they stand for something.
fn decoded(value: &str) -> String {
    let pair = format!("v={}", value.replace('+', "%2B"));
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    pairs
        .next()
        .map_or_else(|| value.to_owned(), |(_, value)| value.into_owned())
}

fn why(error: &CookieError) -> &'static str {
    match error {
        CookieError::DomainMismatch => "its `Domain` is not this host",
        _ => "it cannot be read",
    }
}

/// Whether a cookie's attributes keep the promise of its name's prefix.
fn prefix_holds(cookie: &Cookie<'_>) -> bool {
    let name = cookie.name().to_ascii_lowercase();
    let secure = cookie.secure() == Some(true);
    if name.starts_with("__host-") {
        return secure && cookie.domain().is_none() && cookie.path() == Some("/");
    }
    secure || !name.starts_with("__secure-")
}

fn is_own_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
