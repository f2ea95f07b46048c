//! The ports and the handshake: where plain HTTP leads, whose names are answered, which TLS is spoken.

use openssl::ssl::SslVersion;
use reqwest::StatusCode;
use reqwest::header::LOCATION;
use url::Url;

use super::{Seen, undecided};
use crate::check::{Check, Found, Row};
use crate::host::{Answer, Host, Silence};
use crate::tls::{self, Spoken};

/// A certificate must be valid for so many more days.
const DAYS: i32 = 14;
/// A host that nobody has.
const FOREIGN_HOST: &str = "airtight.invalid";

pub(super) static REDIRECT: Row<Seen> = Row {
    check: Check {
        name: "redirect",
        rules: &["NGX07"],
        claim: "plain HTTP leads to the same page over TLS",
        why: "a redirect to another name loses the user or the cookie on the way",
        fix: "return 301 https://$host$request_uri; in the server on port 80",
    },
    look: |seen| Box::pin(async { Found::either(redirect(&seen.host).await) }),
};

async fn redirect(host: &Host) -> Result<Found, Found> {
    let plain = host.plain("/a/page?x=1");
    let answer = match host.ask(host.get(plain)).await {
        // That nobody listens there is an answer: nothing leads anywhere.
        Err(Silence::Refused) => return Ok(Found::Violated(vec![Silence::Refused.to_string()])),
        answer => answer.map_err(undecided)?,
    };
    let wanted = host.url("/a/page?x=1");
    let to = answer.one(LOCATION.as_str());
    let met = matches!(answer.status.as_u16(), 301 | 308) && to == wanted.as_str();
    Ok(Found::expect(
        met,
        format!("{} to `{to}` in place of {wanted}", answer.status),
    ))
}

pub(super) static PLAIN_UNKNOWN_HOST: Row<Seen> = Row {
    check: Check {
        name: "plain-unknown-host",
        rules: &["NGX04"],
        claim: "a request in another host's name is refused on port 80",
        why: "a forged host steers links and redirects elsewhere",
        fix: "add a default_server on port 80 with return 421;",
    },
    look: |seen| Box::pin(named(&seen.host, seen.host.plain("/"))),
};

pub(super) static UNKNOWN_HOST: Row<Seen> = Row {
    check: Check {
        name: "unknown-host",
        rules: &["NGX04"],
        claim: "a request in another host's name is refused over TLS, whatever its handshake said",
        why: "ssl_reject_handshake alone lets a good handshake with a forged Host through",
        fix: "add a default_server on port 443 with ssl_reject_handshake on; and return 421;",
    },
    look: |seen| Box::pin(named(&seen.host, seen.host.url("/"))),
};

/// Asks for a page in another host's name.
async fn named(host: &Host, url: Url) -> Found {
    refused(host.ask(host.get_as(url, FOREIGN_HOST)).await)
}

/// The right answers to another host's name: 421, or an end without any. Where nobody listens no name is
/// told from another.
fn refused(answer: Result<Answer, Silence>) -> Found {
    match answer {
        Err(Silence::Closed) => Found::Holds,
        Err(silence) => undecided(silence),
        Ok(answer) => Found::expect(
            answer.status == StatusCode::MISDIRECTED_REQUEST,
            format!("a request for {FOREIGN_HOST} got {}", answer.status),
        ),
    }
}

pub(super) static TLS_VERSIONS: Row<Seen> = Row {
    check: Check {
        name: "tls-versions",
        rules: &["NGX08", "NGX17"],
        claim: "TLS 1.2 and 1.3 are spoken, 1.1 and 1.0 are not",
        why: "the old versions can be read by others; a cipher list without the certificate's kind locks clients out",
        fix: "set ssl_protocols TLSv1.2 TLSv1.3; and Mozilla's intermediate ciphers",
    },
    look: |seen| Box::pin(tls_versions(&seen.host)),
};

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
    let mut looked = Ok(());
    for (name, version, right) in versions {
        match shaken(host, version).await {
            Spoken::Yes(_) if !right => faults.push(format!("{name} is spoken")),
            Spoken::No(words) if right => faults.push(format!("{name} is refused: {words}")),
            Spoken::Yes(_) | Spoken::No(_) => {}
            Spoken::NobodyListens => {
                return Found::Violated(vec![Silence::Refused.to_string()]);
            }
            // Each has its patience, and the other versions would be as silent.
            Spoken::Unknown(why) => {
                looked = Err(Found::undecided(format_args!("{name}: {why}")));
                break;
            }
        }
    }
    Found::seen(faults, looked)
}

/// Shakes hands elsewhere: OpenSSL's client blocks.
async fn shaken(host: &Host, version: SslVersion) -> Spoken {
    let host = host.clone();
    let shaking = tokio::task::spawn_blocking(move || tls::handshake(&host, version));
    let shaken = shaking.await;
    shaken.unwrap_or_else(|error| Spoken::Unknown(error.to_string()))
}

pub(super) static CERTIFICATE: Row<Seen> = Row {
    check: Check {
        name: "certificate",
        rules: &["NGX17"],
        claim: "the certificate is trusted, is for this name and is valid for two more weeks",
        why: "users who learn to click a warning away will do so for an attacker too",
        fix: "renew the certificate with its whole chain, for this name",
    },
    look: |seen| Box::pin(certificate(&seen.host)),
};

async fn certificate(host: &Host) -> Found {
    let mut spoken = shaken(host, SslVersion::TLS1_3).await;
    if matches!(spoken, Spoken::No(_)) {
        spoken = shaken(host, SslVersion::TLS1_2).await;
    }
    let certificate = match spoken {
        Spoken::Yes(certificate) => certificate,
        Spoken::No(why) | Spoken::Unknown(why) => return Found::Undecided(why),
        Spoken::NobodyListens => return undecided(Silence::Refused),
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
