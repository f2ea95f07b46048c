//! The session cookie and its flags.

use cookie_store::RawCookie;

use crate::check::{Check, Row, Undecided};
use crate::subject::host::Host;
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "cookie",
        rules: &["OPS05"],
        claim: "the session cookie has the __Host- prefix and is Secure, HttpOnly and SameSite",
        why: "each one that is missing is a way to read a session or to plant one",
        fix: "pass X-Forwarded-Proto $scheme on, and name the proxy in TRUSTED_PROXY",
    },
    look: |visit, faults| Box::pin(look(&visit.host, faults)),
};

async fn look(host: &Host, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let answer = host
        .ask(host.get(host.url(&host.target.login.page)))
        .await?;
    let bare = host.target.session_cookie().trim_start_matches("__Host-");
    let cookies = answer.all("set-cookie");
    let Some(cookie) = cookies.iter().find(|cookie| {
        cookie
            .trim_start_matches("__Host-")
            .starts_with(&format!("{bare}="))
    }) else {
        return Err(Undecided::because("the login page sets no session cookie"));
    };
    faults.extend(weak_points(cookie));
    Ok(())
}

/// What a `Set-Cookie` header lacks.
fn weak_points(header: &str) -> Vec<String> {
    let Ok(cookie) = RawCookie::parse(header) else {
        return vec!["it cannot be read".to_owned()];
    };
    let same_site = cookie.same_site();
    let same_site = same_site.is_some_and(|rule| rule.is_lax() || rule.is_strict());
    [
        (
            cookie.name().starts_with("__Host-"),
            "its name does not begin with __Host-",
        ),
        (cookie.secure() == Some(true), "it lacks secure"),
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
        assert_eq!(weak_points(header).join("; "), weak, "{header}");
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
