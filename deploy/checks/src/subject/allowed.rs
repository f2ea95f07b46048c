//! Which origins the answers allowed, and what that says.

use std::collections::BTreeMap;

use url::Url;

use super::host::Response;

/// Places that a fault names.
const SHOWN: usize = 3;
/// A port of the own host that begins as no port of it does.
const OTHER_PORT: &str = ":61999";

/// What answers allowed, and where.
#[derive(Default)]
pub(crate) struct Allowed {
    /// The origins of others that had asked.
    pub(crate) asked: BTreeMap<String, Vec<String>>,
    /// One that had not.
    fixed: BTreeMap<String, Vec<String>>,
}

/// Says whose pages may read what.
pub(crate) fn fault(origin: &str, places: &[String]) -> String {
    let whose = match origin {
        "null" => "`null`, which any site can be in a frame,".to_owned(),
        other => format!("`{other}`"),
    };
    let shown = shown(places);
    format!("{whose} may read with credentials: {shown}")
}

/// Some of these places, and how many more there are.
fn shown(places: &[String]) -> String {
    let some = places.iter().take(SHOWN).map(String::as_str);
    let mut shown = some.collect::<Vec<_>>().join(", ");
    if let Some(more) = places.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        shown.push_str(&format!(" and {more} more"));
    }
    shown
}

impl Allowed {
    /// Looks at an answer to a page of this origin.
    pub(crate) fn see(&mut self, answer: &Response, origin: &str, place: &str) {
        let told = answer.one("access-control-allow-origin");
        let (kept, origin) = match reflects(answer, &told) {
            true if told == origin => (&mut self.asked, told),
            true if told != "null" => (&mut self.fixed, told),
            _ => return,
        };
        let places = kept.entry(origin).or_default();
        if places.iter().all(|known| known != place) {
            places.push(place.to_owned());
        }
    }

    /// Whoever allows each port of its own host has decided that, and compares no beginnings.
    pub(crate) fn forgive_own_ports(&mut self, base: &Url) {
        let (further, other) = own_ports(base);
        if self.asked.remove(&other).is_some()
            && let Some(further) = further
        {
            self.asked.remove(&further);
        }
    }

    /// Says which origin of somebody else is always allowed, whoever asks: it may be the owner's own other site.
    pub(crate) fn somebody(&self, base: &Url) -> Option<String> {
        let of_others = |origin: &str| {
            let Ok(other) = Url::parse(origin) else {
                return true;
            };
            let is_near = match (other.domain(), base.domain()) {
                (Some(other), Some(own)) => site(other) == site(own),
                _ => other.host() == base.host(),
            };
            !is_near
        };
        let mut fixed = self.fixed.iter();
        let (origin, places) = fixed.find(|(origin, _)| of_others(origin))?;
        let shown = shown(places);
        Some(format!(
            "`{origin}` may always read with credentials, and nobody knows here whether it is yours: {shown}"
        ))
    }
}

/// The last two labels of a name: whoever has both names is mostly the same.
fn site(name: &str) -> &str {
    let mut dots = name.rmatch_indices('.').map(|(at, _)| at);
    dots.nth(1).map_or(name, |at| &name[at + 1..])
}

/// The own host's origin with a further digit at the end of its port, where there is such a port, and with a port that
/// begins otherwise.
pub(crate) fn own_ports(base: &Url) -> (Option<String>, String) {
    let own = format!(
        "{}://{}",
        base.scheme(),
        base.host_str().unwrap_or_default()
    );
    let port = base.port_or_known_default().unwrap_or_default();
    let further = port.checked_mul(10).and_then(|port| port.checked_add(3));
    let further = further.map(|port| format!("{own}:{port}"));
    (further, format!("{own}{OTHER_PORT}"))
}

/// Whether a browser shows this answer, which has the user's cookies, to a page of this origin.
fn reflects(answer: &Response, origin: &str) -> bool {
    !["", "*"].contains(&origin)
        && answer.one("access-control-allow-origin") == origin
        && answer.one("access-control-allow-credentials") == "true"
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, HeaderName};

    use super::*;

    /// What remains of what was allowed at this address.
    #[track_caller]
    fn remains(told: &str, asked: &[&str], others: &[&str], somebody: bool) {
        let base: Url = "https://a.b.example".parse().expect("an address");
        let mut allowed = Allowed::default();
        for origin in asked {
            let told = if told.is_empty() { origin } else { told };
            let headers = [
                ("access-control-allow-origin", told),
                ("access-control-allow-credentials", "true"),
            ];
            allowed.see(&answer(&headers), origin, "/");
        }
        allowed.forgive_own_ports(&base);
        assert!(allowed.asked.keys().eq(others), "{:?}", allowed.asked);
        assert_eq!(allowed.somebody(&base).is_some(), somebody, "{told}");
    }

    #[test]
    fn each_port_of_the_own_host_is_its_own_and_a_further_digit_is_not() {
        let (further, other) = ("https://a.b.example:4433", "https://a.b.example:61999");
        remains("", &[further], &[further], false);
        remains("", &[further, other], &[], false);
        remains(
            "",
            &["https://evil.example", other],
            &["https://evil.example"],
            false,
        );
    }

    #[test]
    fn an_origin_that_is_always_allowed_is_somebodys() {
        let asked = ["https://evil.example", "null"];
        remains("https://partner.example", &asked, &[], true);
        remains("http://localhost:3000", &asked, &[], true);
        // The own site, and its other names.
        remains("https://a.b.example", &asked, &[], false);
        remains("https://app.b.example", &asked, &[], false);
        remains("*", &asked, &[], false);
        let mut allowed = Allowed::default();
        let fixed = "http://127.0.0.1:3000".to_owned();
        allowed.fixed.insert(fixed, vec!["/".to_owned()]);
        for (base, somebody) in [
            ("http://127.0.0.1:5000", false),
            ("http://127.0.0.2:5000", true),
        ] {
            let base = base.parse().expect("an address");
            assert_eq!(allowed.somebody(&base).is_some(), somebody, "{base}");
        }
    }

    /// An answer with these headers.
    fn answer(headers: &[(&str, &str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| {
            let name: HeaderName = name.parse().expect("a name");
            (name, value.parse().expect("a value"))
        });
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value);
        }
        Response {
            status: StatusCode::OK,
            headers: map,
            body: String::new(),
        }
    }

    #[test]
    fn an_origin_is_allowed_as_browsers_understand_it() {
        let (origin, credentials) = (
            "access-control-allow-origin",
            "Access-Control-Allow-Credentials",
        );
        for (headers, asked, is_allowed) in [
            (
                &[(origin, "https://evil.example"), (credentials, "true")][..],
                "https://evil.example",
                true,
            ),
            (&[(origin, "null"), (credentials, "true")], "null", true),
            (
                &[(origin, "https://evil.example")],
                "https://evil.example",
                false,
            ),
            (
                &[(origin, "*"), (credentials, "true")],
                "https://evil.example",
                false,
            ),
            (
                &[(origin, "https://own.example"), (credentials, "true")],
                "https://evil.example",
                false,
            ),
            (&[(origin, "null"), (credentials, "True")], "null", false),
            (
                &[(origin, "null"), (origin, "null"), (credentials, "true")],
                "null",
                false,
            ),
            // No browser sends or compares it so.
            (
                &[(origin, "https://EVIL.example"), (credentials, "true")],
                "https://evil.example",
                false,
            ),
            (&[], "null", false),
        ] {
            let answer = answer(headers);
            assert_eq!(reflects(&answer, asked), is_allowed, "{headers:?}");
        }
    }

    #[test]
    fn a_fault_names_some_places() {
        let places = ["/a", "/b", "/c", "/d"].map(str::to_owned);
        assert_eq!(
            fault("https://evil.example", &places),
            "`https://evil.example` may read with credentials: /a, /b, /c and 1 more"
        );
        let null = fault("null", &places[..1]);
        assert_eq!(
            null,
            "`null`, which any site can be in a frame, may read with credentials: /a"
        );
    }
}
