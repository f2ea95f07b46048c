//! What anybody can see over the network, and what two users with passwords can. Harmless in production:
//! some dozens of requests, two short actions of the two users' own, and one body that is refused.
//!
//! Every one of these checks has a broken deployment that it names, in the tests.

use evidence::Verdict;
use futures_util::future::join_all;
use openssl::ssl::SslVersion;
use reqwest::StatusCode;
use reqwest::header::{LOCATION, ORIGIN};
use tokio::sync::OnceCell;

use crate::check::{Check, Found, Outcome};
use crate::conversation::{self, Conversation};
use crate::host::{Answer, Host, Silence};
use crate::tls::{self, Spoken};

/// Two years, as browsers' preload lists ask.
const HSTS: u64 = 63_072_000;
/// A certificate must be valid for so many more days.
const DAYS: i32 = 14;
/// A host that nobody has.
const FOREIGN_HOST: &str = "airtight.invalid";
/// A page that nobody has.
const NOWHERE: &str = "/airtight-asks-for-a-page-that-is-not-there";
/// A body that no form or action needs.
const LARGE: usize = 3 << 20;

/// Every check from outside.
pub static CHECKS: [Check; 15] = [
    Check {
        name: "redirect",
        rules: &["NGX07"],
        claim: "plain HTTP leads to the same page over TLS",
        why: "a redirect to another name loses the user or the cookie on the way",
        fix: "return 301 https://$host$request_uri; in the server on port 80",
    },
    Check {
        name: "plain-unknown-host",
        rules: &["NGX04"],
        claim: "a request in another host's name is refused on port 80",
        why: "a forged host steers links and redirects elsewhere",
        fix: "add a default_server on port 80 with return 421;",
    },
    Check {
        name: "unknown-host",
        rules: &["NGX04"],
        claim: "a request in another host's name is refused over TLS, whatever its handshake said",
        why: "ssl_reject_handshake alone lets a good handshake with a forged Host through",
        fix: "add a default_server on port 443 with ssl_reject_handshake on; and return 421;",
    },
    Check {
        name: "tls-versions",
        rules: &["NGX08", "NGX17"],
        claim: "TLS 1.2 and 1.3 are spoken, 1.1 and 1.0 are not",
        why: "the old versions can be read by others; a cipher list without the certificate's kind locks clients out",
        fix: "set ssl_protocols TLSv1.2 TLSv1.3; and Mozilla's intermediate ciphers",
    },
    Check {
        name: "certificate",
        rules: &["NGX17"],
        claim: "the certificate is trusted, is for this name and is valid for two more weeks",
        why: "users who learn to click a warning away will do so for an attacker too",
        fix: "renew the certificate with its whole chain, for this name",
    },
    Check {
        name: "headers",
        rules: &["NGX03", "NGX11", "NGX12", "NGX15"],
        claim: "every page has the same security headers, errors too",
        why: "an add_header in a location drops all those of the server, silently",
        fix: "include headers.conf again in each location that has an add_header of its own",
    },
    Check {
        name: "server-version",
        rules: &["NGX16"],
        claim: "no answer tells a version",
        why: "a version tells an attacker which hole to try",
        fix: "set server_tokens off;",
    },
    Check {
        name: "cookie",
        rules: &["OPS05"],
        claim: "the session cookie is __Host-, Secure, HttpOnly and SameSite",
        why: "each that is missing is a way to read the session or to plant one",
        fix: "pass X-Forwarded-Proto $scheme on, and name the proxy in TRUSTED_PROXY",
    },
    Check {
        name: "health",
        rules: &["WEB07"],
        claim: "the health page says what no other page says, and an unknown page is a 404",
        why: "a monitor that is happy with any page is happy with a broken server",
        fix: "let errors keep their status, and the proxy pass them through",
    },
    Check {
        name: "body-limit",
        rules: &["NGX13", "WEB08"],
        claim: "a body that no form needs is refused",
        why: "a hundred such bodies at once fill the disk or the memory",
        fix: "set client_max_body_size 1m; and raise it for the upload alone",
    },
    Check {
        name: "guests",
        rules: &["WEB10"],
        claim: "who is not logged in starts nothing and opens no socket",
        why: "whoever passes here is nobody, and nobody's events go anywhere",
        fix: "let every route ask for a session before it does anything",
    },
    Check {
        name: "origin",
        rules: &["WEB09"],
        claim: "a page of somebody else opens no socket in a user's name",
        why: "the browser sends the cookie along, and the other page reads the events",
        fix: "pass Origin on unchanged, and set ALLOWED_ORIGINS to your own",
    },
    Check {
        name: "websocket",
        rules: &["NGX18", "NGX02"],
        claim: "a WebSocket upgrades and brings an action's events",
        why: "without it every client falls back to polling, at many times the cost",
        fix: "pass Upgrade and Connection $connection_upgrade on, for /socket.io/",
    },
    Check {
        name: "polling",
        rules: &["NGX18"],
        claim: "polling brings an action's events",
        why: "some networks let nothing else through",
        fix: "let GET and POST of /socket.io/ through, without a cache",
    },
    Check {
        name: "isolation",
        rules: &["ISO04", "ISO08", "ISO10", "WEB01"],
        claim: "of two users each sees only their own, and neither stops the other's",
        why: "this is what the rest is for",
        fix: "run airtight verify against this system to see which leak it is",
    },
];

/// What several checks look at, made once.
struct Seen<'a> {
    host: &'a Host,
    conversation: OnceCell<Result<Conversation, String>>,
}

/// Makes every check.
pub async fn run(host: &Host) -> Vec<Outcome> {
    let seen = Seen {
        host,
        conversation: OnceCell::new(),
    };
    let checks = CHECKS.iter().map(|check| async {
        let found = seen.look(check.name).await;
        Outcome::new(check, found)
    });
    join_all(checks).await
}

/// The answer of a check, whichever way it ended.
fn either(found: Result<Found, Found>) -> Found {
    found.unwrap_or_else(|found| found)
}

/// No answer is no evidence.
fn undecided(silence: Silence) -> Found {
    Found::Undecided(match silence {
        Silence::Closed => "the connection was closed".to_owned(),
        Silence::Other(words) => words,
    })
}

impl Seen<'_> {
    async fn look(&self, name: &str) -> Found {
        let host = self.host;
        match name {
            "redirect" => either(redirect(host).await),
            "plain-unknown-host" => {
                refused(host.ask(host.get_as(host.plain("/"), FOREIGN_HOST)).await)
            }
            "unknown-host" => refused(host.ask(host.get_as(host.url("/"), FOREIGN_HOST)).await),
            "tls-versions" => tls_versions(host).await,
            "certificate" => certificate(host).await,
            "headers" => either(headers(host).await),
            "server-version" => either(server_version(host).await),
            "cookie" => either(cookie(host).await),
            "health" => either(health(host).await),
            "body-limit" => body_limit(host).await,
            "guests" => either(guests(host).await),
            "origin" => {
                self.judge(|seen| Found::expect(seen.foreign_refused, "the socket was opened"))
                    .await
            }
            "websocket" => self.judge(|seen| followed(&seen.websocket)).await,
            "polling" => self.judge(|seen| followed(&seen.polling)).await,
            _ => self.judge(isolation).await,
        }
    }

    async fn judge(&self, judge: impl FnOnce(&Conversation) -> Found) -> Found {
        let held = self
            .conversation
            .get_or_init(|| conversation::hold(self.host));
        match held.await {
            Ok(conversation) => judge(conversation),
            Err(why) => Found::Undecided(why.clone()),
        }
    }
}

async fn redirect(host: &Host) -> Result<Found, Found> {
    let asked = host.ask(host.get(host.plain("/a/page?x=1")));
    let answer = asked.await.map_err(undecided)?;
    let wanted = host.url("/a/page?x=1");
    let to = answer.one(LOCATION.as_str());
    let met = matches!(answer.status.as_u16(), 301 | 308) && to == wanted.as_str();
    Ok(Found::expect(
        met,
        format!("{} to `{to}` in place of {wanted}", answer.status),
    ))
}

/// The right answers to another host's name: 421, or none.
fn refused(answer: Result<Answer, Silence>) -> Found {
    match answer {
        Err(Silence::Closed) => Found::Holds,
        Err(Silence::Other(words)) => Found::Undecided(words),
        Ok(answer) => Found::expect(
            answer.status == StatusCode::MISDIRECTED_REQUEST,
            format!("a request for {FOREIGN_HOST} got {}", answer.status),
        ),
    }
}

/// Shakes hands elsewhere: OpenSSL's client blocks.
async fn shaken(host: &Host, version: SslVersion) -> Result<Spoken, String> {
    let host = host.clone();
    let shaking = tokio::task::spawn_blocking(move || tls::handshake(&host, version));
    shaking.await.unwrap_or_else(|error| Err(error.to_string()))
}

async fn tls_versions(host: &Host) -> Found {
    if host.target.base.scheme() != "https" {
        return Found::Violated(vec![format!("{} is not TLS", host.target.base)]);
    }
    let versions = [
        ("TLS 1.0", SslVersion::TLS1, false),
        ("TLS 1.1", SslVersion::TLS1_1, false),
        ("TLS 1.2", SslVersion::TLS1_2, true),
        ("TLS 1.3", SslVersion::TLS1_3, true),
    ];
    let mut faults = Vec::new();
    for (name, version, right) in versions {
        match shaken(host, version).await {
            Ok(Spoken::Yes(_)) if !right => faults.push(format!("{name} is spoken")),
            Ok(Spoken::No(words)) if right => faults.push(format!("{name} is refused: {words}")),
            Ok(_) => {}
            Err(why) => return Found::Undecided(format!("{name}: {why}")),
        }
    }
    Found::from_faults(faults)
}

async fn certificate(host: &Host) -> Found {
    let mut spoken = shaken(host, SslVersion::TLS1_3).await;
    if matches!(spoken, Ok(Spoken::No(_))) {
        spoken = shaken(host, SslVersion::TLS1_2).await;
    }
    let certificate = match spoken {
        Ok(Spoken::Yes(certificate)) => certificate,
        Ok(Spoken::No(why)) | Err(why) => return Found::Undecided(why),
    };
    let mut faults = Vec::new();
    if certificate.days_left < DAYS {
        faults.push(format!("it ends in {} days", certificate.days_left));
    }
    if !certificate.fits_name {
        faults.push(format!("it is not for {}", host.name()));
    }
    faults.extend(
        certificate
            .distrust
            .map(|why| format!("it is not trusted: {why}")),
    );
    Found::from_faults(faults)
}

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

async fn health(host: &Host) -> Result<Found, Found> {
    let Some(health) = &host.target.health else {
        return Ok(Found::Undecided(
            "the target file has no `health`".to_owned(),
        ));
    };
    let well = host
        .ask(host.get(host.url(&health.path)))
        .await
        .map_err(undecided)?;
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

fn followed(seen: &Result<(), String>) -> Found {
    match seen {
        Ok(()) => Found::Holds,
        Err(why) => Found::Violated(vec![why.clone()]),
    }
}

fn isolation(seen: &Conversation) -> Found {
    let mut faults = Vec::new();
    for (property, finding) in &seen.findings {
        let witnesses = finding.witnesses.iter().take(3);
        faults.extend(witnesses.map(|witness| format!("{property}: {}", witness.says)));
    }
    if !faults.is_empty() {
        return Found::Violated(faults);
    }
    let verdict = |name: &str| {
        let mut named = seen
            .findings
            .iter()
            .filter(|(property, _)| *property == name);
        named.next().map(|(_, finding)| finding)
    };
    match verdict("no_foreign_events") {
        Some(finding) if finding.verdict == Verdict::Holds => Found::Holds,
        Some(finding) => Found::Undecided(finding.reason.clone()),
        None => Found::Undecided("nothing was judged".to_owned()),
    }
}
