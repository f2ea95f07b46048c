//! The session cookie and its flags.

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
    let (pair, rest) = cookie.split_once(';').unwrap_or((cookie, ""));
    let flags: Vec<String> = rest
        .split(';')
        .map(|flag| flag.trim().to_lowercase())
        .collect();
    let has = |flag: &str| flags.iter().any(|found| found == flag);
    if !pair.starts_with("__Host-") {
        faults.push("its name does not begin with __Host-".to_owned());
    }
    for flag in ["secure", "httponly", "path=/"] {
        if !has(flag) {
            faults.push(format!("it lacks {flag}"));
        }
    }
    if !has("samesite=lax") && !has("samesite=strict") {
        faults.push("it lacks samesite".to_owned());
    }
    if flags.iter().any(|flag| flag.starts_with("domain=")) {
        faults.push("it has a domain, so the other hosts of that domain get it too".to_owned());
    }
    Ok(())
}
