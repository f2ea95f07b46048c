//! A browser's cookie jar: the cookies for this host, path and scheme, until they expire.
//!
//! In: the `Set-Cookie` headers of an answer, and its URL. Out: the `Cookie` header of a request. The rules are those
//! of RFC 6265 as browsers apply them, including the prefixes `__Host-` and `__Secure-`. Values are sent back exactly
//! as they came.
//!
//! The crate `cookie_store` parses, stores, expires and matches cookies. It does not do the rest, so this file does:
//! the rules of the two prefixes, the refusal of a `Secure` cookie that came over plain HTTP, the limits of number and
//! size, a stable order of the header, and the values that the session cookie has had. No other file of this crate
//! reads cookies, except that `frame.rs` hides their values.

use cookie_store::{Cookie, CookieError, CookieStore, RawCookie, StoreAction};
use reqwest::Url;
use reqwest::header::{HeaderMap, SET_COOKIE};

/// Cookies in one jar, as many as Chromium keeps for one site. More are rejected.
const COOKIES: usize = 180;
/// Bytes of a cookie's name and value together, as in browsers (RFC 6265bis, 5.6).
const BYTES: usize = 4096;
/// How many of the newest values of the session cookie are remembered: a target may send another one with each answer.
const REMEMBERED: usize = 1000;

/// One browser's cookies.
#[derive(Debug)]
pub(crate) struct Jar {
    store: CookieStore,
    /// The name of the session cookie.
    session: String,
    /// The values that it has had, newest last.
    session_values: Vec<String>,
    /// Why the last one that came was rejected.
    rejection: Option<String>,
}

impl Jar {
    /// An empty jar. `session` is the name of the session cookie.
    pub(crate) fn new(session: &str) -> Self {
        Self {
            store: CookieStore::new(),
            session: session.to_owned(),
            session_values: Vec::new(),
            rejection: None,
        }
    }

    /// Stores the cookies that an answer from `url` sets, and removes those that it expires.
    pub(crate) fn keep(&mut self, headers: &HeaderMap, url: &Url) {
        for value in headers.get_all(SET_COOKIE) {
            let text = String::from_utf8_lossy(value.as_bytes());
            let Ok(raw) = RawCookie::parse(text.into_owned()) else {
                continue;
            };
            let is_session = raw.name() == self.session;
            let value = raw.value().to_owned();
            let taken = match Cookie::try_from_raw_cookie(&raw, url) {
                Ok(cookie) => self.take(cookie, url),
                Err(error) => Err(why(&error)),
            };
            if !is_session {
                continue;
            }
            self.rejection = taken.as_ref().err().map(|why| (*why).to_owned());
            if taken == Ok(Change::Stored) && !value.is_empty() {
                self.session_values.retain(|given| *given != value);
                self.session_values.push(value);
                let over = self.session_values.len().saturating_sub(REMEMBERED);
                self.session_values.drain(..over);
            }
        }
    }

    fn take(&mut self, cookie: Cookie<'static>, url: &Url) -> Result<Change, &'static str> {
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
            self.sweep();
        }
        if self.store.iter_any().count() >= COOKIES && !self.holds(&cookie) {
            return Err("the jar is full");
        }
        match self.store.insert(cookie, url) {
            Ok(StoreAction::Inserted | StoreAction::UpdatedExisting) => Ok(Change::Stored),
            Ok(StoreAction::ExpiredExisting) | Err(CookieError::Expired) => Ok(Change::Removed),
            Err(error) => Err(why(&error)),
        }
    }

    /// Whether the jar has a cookie that this one would replace.
    fn holds(&self, cookie: &Cookie<'_>) -> bool {
        self.store.iter_any().any(|other| {
            other.name() == cookie.name()
                && other.path == cookie.path
                && other.domain == cookie.domain
        })
    }

    /// Removes expired cookies.
    fn sweep(&mut self) {
        let left: Vec<Cookie<'static>> = self.store.iter_unexpired().cloned().collect();
        let kept = CookieStore::from_cookies(left.into_iter().map(Ok::<_, ()>), false);
        self.store = kept.unwrap_or_default();
    }

    /// The header of a request to `url`: longer paths first, then by name. (Browsers sort by age instead.)
    pub(crate) fn header(&self, url: &Url) -> Option<String> {
        let mut cookies = self.store.matches(url);
        cookies.sort_by(|one, other| {
            let length = other.path.len().cmp(&one.path.len());
            length.then_with(|| one.name().cmp(other.name()))
        });
        let pairs: Vec<String> = cookies
            .iter()
            .map(|cookie| format!("{}={}", cookie.name(), cookie.value()))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// All that are in the jar now, decoded, in the order of their names.
    pub(crate) fn all(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = { self.store.iter_unexpired() }
            .map(|cookie| {
                let raw = format!("{}={}", cookie.name(), cookie.value());
                // Its name and value were a cookie before, so that they are read as one again.
                RawCookie::parse_encoded(raw).map_or_else(
                    |_| (cookie.name().to_owned(), cookie.value().to_owned()),
                    |cookie| (cookie.name().to_owned(), cookie.value().to_owned()),
                )
            })
            .collect();
        all.sort();
        all
    }

    /// The value of the session cookie that is in the jar now, whatever its path; if there are several, the newest.
    pub(crate) fn session(&self) -> Option<String> {
        let held = self.store.iter_unexpired();
        let values: Vec<&str> = held
            .filter(|cookie| cookie.name() == self.session && !cookie.value().is_empty())
            .map(|cookie| cookie.value())
            .collect();
        let newest = self.session_values.iter().rev();
        newest
            .map(String::as_str)
            .chain(values.first().copied())
            .find(|given| values.contains(given))
            .map(str::to_owned)
    }

    /// The values that the session cookie has had, newest last.
    pub(crate) fn session_values(&self) -> &[String] {
        &self.session_values
    }

    /// Why there is no session cookie.
    pub(crate) fn why_missing(&self) -> String {
        let name = &self.session;
        self.rejection.as_ref().map_or_else(
            || format!("no cookie `{name}` came"),
            |why| format!("a browser rejects the cookie `{name}`: {why}"),
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Stored,
    Removed,
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

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "https://app.example/login";

    /// Stores the cookies, one on each line, and checks the header of a request to `path`.
    #[track_caller]
    fn check(site: &str, cookies: &str, path: &str, sent: &str) {
        let url = Url::parse(site).expect("a URL");
        let mut jar = Jar::new("sid");
        for line in cookies.lines() {
            let mut headers = HeaderMap::new();
            headers.append(SET_COOKIE, line.trim().parse().expect("a header"));
            jar.keep(&headers, &url);
        }
        let to = url.join(path).expect("a path");
        assert_eq!(jar.header(&to).unwrap_or_default(), sent, "{cookies}");
    }

    #[test]
    fn an_expired_cookie_is_removed() {
        check(SITE, "sid=1", "/", "sid=1");
        check("https://app.example/in/login", "sid=1", "/", "");
        check(SITE, "sid=1; Path=/", "/", "sid=1");
        check(SITE, "sid=1; Path=/\nsid=; Path=/; Max-Age=0", "/", "");
        check(SITE, "sid=1; Path=/\nsid=x; Path=/; Max-Age=-1", "/", "");
        let over = "sid=1; Path=/\nsid=x; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
        check(SITE, over, "/", "");
        let both = "sid=1; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
        check(SITE, both, "/", "sid=1");
        // A removal for another path removes nothing here. An empty value is still a value.
        check(
            SITE,
            "sid=1; Path=/\nsid=; Path=/x; Max-Age=0",
            "/",
            "sid=1",
        );
        check(SITE, "a=; Path=/", "/", "a=");
        check(SITE, "a=\"b%20c\"; Path=/", "/", "a=\"b%20c\"");
    }

    #[test]
    fn a_cookie_goes_only_where_it_belongs() {
        check(SITE, "a=1; Path=/socket.io", "/socket.io/?EIO=4", "a=1");
        check(SITE, "a=1; Path=/socket.io", "/socket.iox", "");
        check(SITE, "a=1; Path=/api\na=2; Path=/", "/api/x", "a=1; a=2");
        check(SITE, "a=1; Path=/; Domain=example", "/", "a=1");
        check(SITE, "a=1; Path=/; Domain=other.example", "/", "");
        check(
            SITE,
            "a=1; Path=/; Domain=example",
            "https://b.example/",
            "a=1",
        );
        check(SITE, "a=1; Path=/", "https://b.example/", "");
        check(SITE, "a=1; Path=/; Secure", "http://app.example/", "");
        check("http://app.example/", "a=1; Path=/; Secure", "/", "");
        check("http://127.0.0.1:5000/", "a=1; Path=/; Secure", "/", "a=1");
        check(SITE, "__Host-a=1; Path=/; Secure", "/", "__Host-a=1");
        check(SITE, "__Host-a=1; Path=/", "/", "");
        check(
            SITE,
            "__Host-a=1; Path=/; Secure; Domain=app.example",
            "/",
            "",
        );
        check(SITE, "__Secure-a=1; Path=/", "/", "");
    }

    #[test]
    fn a_jar_is_bounded() {
        let many: Vec<String> = (0..500).map(|n| format!("c{n}=1; Path=/x{n}")).collect();
        check(SITE, &format!("{}\na=1; Path=/", many.join("\n")), "/", "");
        let over: Vec<String> = (0..500)
            .map(|n| format!("c{n}=1; Path=/\nc{n}=; Path=/; Max-Age=0"))
            .collect();
        check(
            SITE,
            &format!("{}\na=1; Path=/", over.join("\n")),
            "/",
            "a=1",
        );
        check(SITE, &format!("a={}; Path=/", "x".repeat(4096)), "/", "");
        let url = Url::parse(SITE).expect("a URL");
        let mut jar = Jar::new("sid");
        for n in 0..2 * REMEMBERED {
            let mut headers = HeaderMap::new();
            let cookie = format!("sid=s{n}; Path=/");
            headers.append(SET_COOKIE, cookie.parse().expect("a header"));
            jar.keep(&headers, &url);
        }
        assert_eq!(jar.session_values().len(), REMEMBERED);
        assert_eq!(jar.session(), Some(format!("s{}", 2 * REMEMBERED - 1)));
    }

    #[test]
    fn the_cookies_of_a_jar_are_told_decoded() {
        let url = Url::parse(SITE).expect("a URL");
        let mut jar = Jar::new("sid");
        for cookie in ["name=a%20b; Path=/x", "id=7; Path=/", "old=1; Max-Age=0"] {
            let mut headers = HeaderMap::new();
            headers.append(SET_COOKIE, cookie.parse().expect("a header"));
            jar.keep(&headers, &url);
        }
        let all = [("id", "7"), ("name", "a b")];
        let all = all.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(jar.all(), all);
    }

    #[test]
    fn a_missing_session_cookie_has_its_reason() {
        let url = Url::parse(SITE).expect("a URL");
        for (cookie, says) in [
            ("other=1", "no cookie `sid` came"),
            ("sid=1; Domain=other.example", "`Domain` is not this host"),
            ("sid=; Path=/", "no cookie `sid` came"),
        ] {
            let mut jar = Jar::new("sid");
            let mut headers = HeaderMap::new();
            headers.append(SET_COOKIE, cookie.parse().expect("a header"));
            jar.keep(&headers, &url);
            assert_eq!(jar.session(), None, "{cookie}");
            assert!(jar.why_missing().contains(says), "{}", jar.why_missing());
        }
    }
}
