//! The security headers of every page.

use reqwest::Method;
use targets::needs::Need;

use crate::check::{Check, Row, Undecided};
use crate::subject::declared::{login_page, path_of, socket_path, surface};
use crate::subject::host::{NOWHERE, Response};
use crate::subject::visit::Visit;

/// In seconds: two years, as browsers' preload lists ask.
const HSTS: u64 = 63_072_000;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "headers",
        rules: &["NGX03", "NGX11", "NGX12", "NGX15"],
        claim: "every page has the same security headers, error pages included",
        why: "an add_header in a location silently drops all those of the server block",
        fix: "include headers.conf again in each location that has an add_header of its own",
    },
    look: |visit, faults| Box::pin(look(visit, faults)),
};

async fn look(visit: &Visit, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let host = &visit.host;
    let target = &host.target;
    let health = surface(target, "health");
    let pages = [
        login_page(target),
        health.as_ref().ok().and_then(|health| path_of(health)),
        socket_path(target),
        Some(NOWHERE),
    ];
    // All of these or none: a page without an answer leaves the whole check undecided.
    let mut wrong = Vec::new();
    let mut see = |page: &str, answer: &Response| {
        let mut found = header_faults(answer);
        if !host.is_plain() {
            found.extend(hsts_fault(answer));
        }
        let found = found.into_iter();
        wrong.extend(found.map(|fault| format!("{page}: {fault}")));
    };
    for page in pages.into_iter().flatten() {
        see(page, &host.ask(host.get(host.url(page))).await?);
    }
    // Every proxy refuses this method by itself, with an error page of its own.
    let traced = host.send(Method::TRACE, host.url("/"));
    see("TRACE /", &host.ask(traced).await?);
    // A server that has no such page is judged by the others; one whose file does not mention it may have one.
    let mut unseen = Ok(());
    for name in ["health", "static file"] {
        if matches!(target.surface(name), Need::NotMentioned(_)) {
            unseen = unseen.and(surface(target, name).map(|_| ()));
        }
    }
    if let Need::Found(_) = target.surface("static file") {
        match visit.as_stranger("static file").await {
            Ok(answer) => see("the static file", &answer),
            Err(why) => unseen = unseen.and(Err(why)),
        }
    }
    faults.append(&mut wrong);
    unseen?;
    host.has_tls().map_err(|Undecided(why)| {
        Undecided(format!(
            "{why}, where no browser heeds Strict-Transport-Security"
        ))
    })
}

/// What is wrong with how a page asks browsers to stay with TLS.
fn hsts_fault(answer: &Response) -> Option<String> {
    let hsts = answer.one("strict-transport-security").to_lowercase();
    let age = hsts.split(';').find_map(|part| {
        part.trim()
            .strip_prefix("max-age=")?
            .trim_matches('"')
            .parse::<u64>()
            .ok()
    });
    let is_short = age.is_none_or(|age| age < HSTS);
    is_short.then(|| match hsts.as_str() {
        "" => "there is no Strict-Transport-Security".to_owned(),
        short => format!("Strict-Transport-Security is `{short}`, which is not two years"),
    })
}

fn header_faults(answer: &Response) -> Vec<String> {
    let mut faults = Vec::new();
    let policy = answer.one("content-security-policy").to_lowercase();
    for directive in ["object-src", "base-uri", "frame-ancestors"] {
        // object-src falls back to default-src; the others do not.
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
            faults.push(format!("{name} is sent twice"));
        }
    }
    faults
}
