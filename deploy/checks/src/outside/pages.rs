//! What pages answer: headers, the cookie, the health, and what is refused.

use reqwest::StatusCode;
use reqwest::header::ORIGIN;

use super::{Seen, undecided};
use crate::check::{Check, Found, Row};
use crate::host::{Answer, Host, Silence};

/// Two years, as browsers' preload lists ask.
const HSTS: u64 = 63_072_000;
/// A page that nobody has.
const NOWHERE: &str = "/airtight-asks-for-a-page-that-is-not-there";
/// A body that no form or action needs.
const LARGE: usize = 3 << 20;

pub(super) static HEADERS: Row<Seen> = Row {
    check: Check {
        name: "headers",
        rules: &["NGX03", "NGX11", "NGX12", "NGX15"],
        claim: "every page has the same security headers, errors too",
        why: "an add_header in a location drops all those of the server, silently",
        fix: "include headers.conf again in each location that has an add_header of its own",
    },
    look: |seen| Box::pin(async { Found::either(headers(&seen.host).await) }),
};

async fn headers(host: &Host) -> Result<Found, Found> {
    let health = host
        .target
        .health
        .as_ref()
        .map(|health| health.path.as_str());
    let pages = [
        Some(host.target.login.page.as_str()),
        health,
        Some(host.target.socket.path.as_str()),
        Some("/static/no-such-file"),
        // What a proxy keeps from the outside it answers by itself.
        Some("/metrics"),
        Some(NOWHERE),
    ];
    let mut faults = Vec::new();
    for page in pages.into_iter().flatten() {
        let answer = host
            .ask(host.get(host.url(page)))
            .await
            .map_err(undecided)?;
        faults.extend(
            wrong_headers(&answer)
                .into_iter()
                .map(|fault| format!("{page}: {fault}")),
        );
    }
    Ok(Found::from_faults(faults))
}

fn wrong_headers(answer: &Answer) -> Vec<String> {
    let mut faults = Vec::new();
    let hsts = answer.one("strict-transport-security").to_lowercase();
    let age = hsts.split(';').find_map(|part| {
        part.trim()
            .strip_prefix("max-age=")?
            .trim_matches('"')
            .parse::<u64>()
            .ok()
    });
    if age.is_none_or(|age| age < HSTS) {
        faults.push(format!(
            "Strict-Transport-Security is `{hsts}`, not two years"
        ));
    }
    let policy = answer.one("content-security-policy").to_lowercase();
    for directive in ["object-src", "base-uri", "frame-ancestors"] {
        // The first falls back to the default; the others have none.
        let falls_back = directive == "object-src" && policy.contains("default-src 'none'");
        if !policy.contains(directive) && !falls_back {
            faults.push(format!("Content-Security-Policy has no {directive}"));
        }
    }
    if answer.one("x-content-type-options").to_lowercase() != "nosniff" {
        faults.push("X-Content-Type-Options is not nosniff".to_owned());
    }
    if answer.all("referrer-policy").is_empty() {
        faults.push("there is no Referrer-Policy".to_owned());
    }
    if !matches!(answer.one("x-xss-protection").as_str(), "" | "0") {
        faults.push("X-XSS-Protection is on, which opens holes of its own".to_owned());
    }
    for name in [
        "cache-control",
        "content-security-policy",
        "strict-transport-security",
    ] {
        if answer.all(name).len() > 1 {
            faults.push(format!("{name} stands twice"));
        }
    }
    faults
}

pub(super) static SERVER_VERSION: Row<Seen> = Row {
    check: Check {
        name: "server-version",
        rules: &["NGX16"],
        claim: "no answer tells a version",
        why: "a version tells an attacker which hole to try",
        fix: "set server_tokens off;",
    },
    look: |seen| Box::pin(async { Found::either(server_version(&seen.host).await) }),
};

async fn server_version(host: &Host) -> Result<Found, Found> {
    let mut faults = Vec::new();
    for url in [host.url(NOWHERE), host.plain(NOWHERE)] {
        let asked = format!("{} {}", url.scheme(), url.path());
        let answer = host.ask(host.get(url)).await.map_err(undecided)?;
        for name in ["server", "x-powered-by", "via"] {
            let value = answer.one(name);
            if value.contains('/') && value.contains(|digit: char| digit.is_ascii_digit()) {
                faults.push(format!("{asked}: {name} is `{value}`"));
            }
        }
    }
    Ok(Found::from_faults(faults))
}

pub(super) static COOKIE: Row<Seen> = Row {
    check: Check {
        name: "cookie",
        rules: &["OPS05"],
        claim: "the session cookie is __Host-, Secure, HttpOnly and SameSite",
        why: "each that is missing is a way to read the session or to plant one",
        fix: "pass X-Forwarded-Proto $scheme on, and name the proxy in TRUSTED_PROXY",
    },
    look: |seen| Box::pin(async { Found::either(cookie(&seen.host).await) }),
};

async fn cookie(host: &Host) -> Result<Found, Found> {
    let page = host.url(&host.target.login.page);
    let answer = host.ask(host.get(page)).await.map_err(undecided)?;
    let bare = host.target.session_cookie().trim_start_matches("__Host-");
    let cookies = answer.all("set-cookie");
    let Some(cookie) = cookies.iter().find(|cookie| {
        cookie
            .trim_start_matches("__Host-")
            .starts_with(&format!("{bare}="))
    }) else {
        return Ok(Found::Undecided(
            "the login page sets no session cookie".to_owned(),
        ));
    };
    let (pair, rest) = cookie.split_once(';').unwrap_or((cookie, ""));
    let flags: Vec<String> = rest
        .split(';')
        .map(|flag| flag.trim().to_lowercase())
        .collect();
    let has = |flag: &str| flags.iter().any(|found| found == flag);
    let mut faults = Vec::new();
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
        faults.push("it has a domain, so other hosts of it get it too".to_owned());
    }
    Ok(Found::from_faults(faults))
}

pub(super) static HEALTH: Row<Seen> = Row {
    check: Check {
        name: "health",
        rules: &["WEB07"],
        claim: "the health page says what no other page says, and an unknown page is a 404",
        why: "a monitor that is happy with any page is happy with a broken server",
        fix: "let errors keep their status, and the proxy pass them through",
    },
    look: |seen| Box::pin(async { Found::either(health(&seen.host).await) }),
};

async fn health(host: &Host) -> Result<Found, Found> {
    let Some(health) = &host.target.health else {
        return Ok(Found::Undecided(
            "the target file has no `health`".to_owned(),
        ));
    };
    let well = match host.ask(host.get(host.url(&health.path))).await {
        // Whom nobody reaches is not well.
        Err(Silence::Refused) => return Ok(Found::Violated(vec![Silence::Refused.to_string()])),
        well => well.map_err(undecided)?,
    };
    let nowhere = host
        .ask(host.get(host.url(NOWHERE)))
        .await
        .map_err(undecided)?;
    let mut faults = Vec::new();
    if well.status != StatusCode::OK || !well.body.contains(&health.contains) {
        faults.push(format!(
            "{} answers {} without `{}`",
            health.path, well.status, health.contains
        ));
    }
    if nowhere.status != StatusCode::NOT_FOUND {
        faults.push(format!(
            "a page that is not there answers {}",
            nowhere.status
        ));
    }
    if nowhere.body.contains(&health.contains) {
        faults.push("a page that is not there says that it is well".to_owned());
    }
    Ok(Found::from_faults(faults))
}

pub(super) static BODY_LIMIT: Row<Seen> = Row {
    check: Check {
        name: "body-limit",
        rules: &["NGX13", "WEB08"],
        claim: "a body that no form needs is refused",
        why: "a hundred such bodies at once fill the disk or the memory",
        fix: "set client_max_body_size 1m; and raise it for the upload alone",
    },
    look: |seen| Box::pin(body_limit(&seen.host)),
};

async fn body_limit(host: &Host) -> Found {
    let page = host.url(&host.target.login.page);
    let asked = host
        .post(page)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(vec![b'x'; LARGE]);
    match host.ask(asked).await {
        // The refusal may come while the body is still on its way.
        Err(Silence::Closed) => Found::Holds,
        Err(silence) => undecided(silence),
        Ok(answer) => Found::expect(
            answer.status == StatusCode::PAYLOAD_TOO_LARGE,
            format!("{LARGE} bytes at the login got {}", answer.status),
        ),
    }
}

pub(super) static GUESTS: Row<Seen> = Row {
    check: Check {
        name: "guests",
        rules: &["WEB10"],
        claim: "who is not logged in starts nothing and opens no socket",
        why: "whoever passes here is nobody, and nobody's events go anywhere",
        fix: "let every route ask for a session before it does anything",
    },
    look: |seen| Box::pin(async { Found::either(guests(&seen.host).await) }),
};

async fn guests(host: &Host) -> Result<Found, Found> {
    let target = &host.target;
    let mut handshake = host.url(&target.socket.path);
    handshake.set_query(Some("EIO=4&transport=polling"));
    let origin = target.origin();
    let start = host
        .post(host.url(&target.actions.start.path))
        .header(ORIGIN, &origin)
        .header("content-type", "application/json")
        .body("{}");
    let asked = [
        ("start an action", start),
        (
            "list actions",
            host.get(host.url(&target.actions.start.path)),
        ),
        ("open a socket", host.get(handshake)),
    ];
    let mut faults = Vec::new();
    for (what, request) in asked {
        let answer = host.ask(request).await.map_err(undecided)?;
        let status = answer.status;
        if status.is_server_error() {
            return Ok(Found::Undecided(format!("to {what} got {status}")));
        }
        if !status.is_redirection() && !status.is_client_error() {
            faults.push(format!("a guest may {what}: {status}"));
        }
    }
    Ok(Found::from_faults(faults))
}
