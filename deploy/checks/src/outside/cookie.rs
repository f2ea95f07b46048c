//! The session cookie and its flags.

use cookie_store::RawCookie;

use crate::check::{Check, Row, Undecided};
use crate::subject::declared::{is_cookie, login_page, session_cookies};
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "cookie",
        rules: &["OPS05"],
        claim: "the session cookie has the __Host- prefix and is Secure, HttpOnly and SameSite",
        why: "each one that is missing is a way to read a session or to plant one",
        fix: "pass X-Forwarded-Proto $scheme on, and let the server trust the proxy in this",
    },
    look: |visit, faults| Box::pin(look(visit, faults)),
};

async fn look(visit: &Visit, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let host = &visit.host;
    let names = session_cookies(&host.target)?;
    let on_page = match login_page(&host.target) {
        Some(page) => host.ask(host.get(host.url(page))).await?.all("set-cookie"),
        None => Vec::new(),
    };
    let is_own = |header: &&String| is_cookie(header, names) && !is_deletion(header);
    let mut judge = |cookie: &str| {
        faults.extend(weak_points(cookie, host.is_plain()));
        host.has_tls().map_err(|Undecided(why)| {
            Undecided(format!(
                "{why}, where a cookie is neither Secure nor __Host-"
            ))
        })
    };
    if let Some(cookie) = on_page.iter().find(is_own) {
        return judge(cookie);
    }
    // Many servers set it only once somebody is in.
    let why =
        |Undecided(why)| Undecided(format!("the login page sets no session cookie, and {why}"));
    let conversation = visit.conversation().await.map_err(why)?;
    let cookie = conversation.set_cookies.iter().find(is_own);
    let cookie = cookie.ok_or_else(|| Undecided::because("the login sets no session cookie"))?;
    judge(cookie)
}

/// Whether it only takes a cookie away: one without a value carries no session.
fn is_deletion(header: &str) -> bool {
    RawCookie::parse(header).is_ok_and(|cookie| cookie.value().trim_matches('"').is_empty())
}

/// What a `Set-Cookie` header lacks. Without TLS, browsers take neither `Secure` nor the prefix that needs it.
fn weak_points(header: &str, is_plain: bool) -> Vec<String> {
    let Ok(cookie) = RawCookie::parse(header) else {
        return vec!["it cannot be read".to_owned()];
    };
    let same_site = cookie.same_site();
    let same_site = same_site.is_some_and(|rule| rule.is_lax() || rule.is_strict());
    [
        (
            is_plain || cookie.name().starts_with("__Host-"),
            "its name does not begin with __Host-",
        ),
        (is_plain || cookie.secure() == Some(true), "it lacks secure"),
        (cookie.http_only() == Some(true), "it lacks httponly"),
        (cookie.path() == Some("/"), "it lacks path=/"),
        (same_site, "it lacks samesite"),
        (
            cookie.domain().is_none(),
            "it has a domain, so the other hosts of that domain get it too",
        ),
    ]
    .into_iter()
    .filter(|(holds, _)| !holds)
    .map(|(_, weak)| weak.to_owned())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, weak: &str) {
        let weak_points = |is_plain| weak_points(header, is_plain).join("; ");
        assert_eq!(weak_points(false), weak, "{header}");
        let needs_tls = |point: &&str| point.contains("__Host-") || point.ends_with("secure");
        let points = weak.split("; ").filter(|point| !needs_tls(point));
        assert_eq!(weak_points(true), points.collect::<Vec<_>>().join("; "));
    }

    #[test]
    fn a_session_cookie_is_known_by_its_names() {
        let names = ["sid", "sess-*"].map(str::to_owned);
        for (header, is_own) in [
            ("sid=1; Path=/", true),
            ("__Host-sid=1", true),
            ("sess-4f=1", true),
            ("sidx=1", false),
            ("xsid=1", false),
        ] {
            assert_eq!(is_cookie(header, &names), is_own, "{header}");
        }
        assert!(is_cookie("sid=1", &["__Host-sid".to_owned()]));
    }

    #[test]
    fn a_cookie_without_a_value_carries_no_session() {
        assert!(is_deletion("sid=; Path=/; Max-Age=0"));
        assert!(is_deletion(
            "sid=\"\"; expires=Thu, 01 Jan 1970 00:00:00 GMT"
        ));
        assert!(!is_deletion("sid=1; Path=/"));
    }

    #[test]
    fn what_a_cookie_lacks_is_said() {
        check("__Host-s=1; Path=/; Secure; HttpOnly; SameSite=Lax", "");
        check("__Host-s=1;path=/;samesite = strict;SECURE;httponly", "");
        check("__Host-s=1; Path=/; Secure; HttpOnly", "it lacks samesite");
        check(
            "__Host-s=1; Path=/; Secure; HttpOnly; SameSite=None",
            "it lacks samesite",
        );
        check(
            "__Host-s=1; Path=/x; Secure; HttpOnly; SameSite=Lax",
            "it lacks path=/",
        );
        check(
            "s=1; Path=/; HttpOnly; SameSite=Lax",
            "its name does not begin with __Host-; it lacks secure",
        );
        check(
            "__Host-s=\"Secure; HttpOnly\"; Path=/; Secure; SameSite=Lax",
            "it lacks httponly",
        );
        check(
            "__Host-s=1; Path=/; Secure; HttpOnly; SameSite=Lax; Domain=a.example",
            "it has a domain, so the other hosts of that domain get it too",
        );
    }
}
