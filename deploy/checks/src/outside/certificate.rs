//! The certificate that the host shows.

use openssl::ssl::SslVersion;

use crate::check::{Check, Row, Undecided};
use crate::subject::host::Host;
use crate::subject::silence::Silence;
use crate::subject::tls::{TlsHandshake, handshake};
use crate::subject::visit::Visit;

/// A certificate must be valid for at least this many more days.
const DAYS: i32 = 14;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "certificate",
        rules: &["NGX17"],
        claim: "the certificate is trusted, is for this name and is valid for two more weeks",
        why: "users who learn to click a warning away will do so for an attacker too",
        fix: "renew the certificate with its whole chain, for this name",
    },
    look: |visit, faults| Box::pin(look(&visit.host, faults)),
};

async fn look(host: &Host, faults: &mut Vec<String>) -> Result<(), Undecided> {
    host.has_tls()?;
    let mut shaken = handshake(host, SslVersion::TLS1_3).await;
    if matches!(shaken, TlsHandshake::Refused(_)) {
        shaken = handshake(host, SslVersion::TLS1_2).await;
    }
    let certificate = match shaken {
        TlsHandshake::Accepted(certificate) => certificate,
        TlsHandshake::Refused(why) | TlsHandshake::Unknown(why) => return Err(Undecided(why)),
        TlsHandshake::NothingListens => return Err(Silence::Refused.into()),
    };
    if certificate.days_left < DAYS {
        faults.push(format!("it expires in {} days", certificate.days_left));
    }
    if !certificate.fits_name {
        faults.push(format!("it is not for {}", host.name()));
    }
    faults.extend(
        certificate
            .distrust
            .map(|why| format!("it is not trusted: {why}")),
    );
    Ok(())
}
