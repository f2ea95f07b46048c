//! Which versions of TLS are spoken.

use openssl::ssl::SslVersion;

use crate::check::{Check, Row, Undecided};
use crate::subject::host::Host;
use crate::subject::silence::Silence;
use crate::subject::tls::{Spoken, handshake};
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "tls-versions",
        rules: &["NGX08", "NGX17"],
        claim: "TLS 1.2 and 1.3 are spoken, 1.1 and 1.0 are not",
        why: "the old versions can be read by others; a cipher list without the certificate's kind locks clients out",
        fix: "set ssl_protocols TLSv1.2 TLSv1.3; and Mozilla's intermediate ciphers",
    },
    look: |visit, faults| Box::pin(look(&visit.host, faults)),
};

async fn look(host: &Host, faults: &mut Vec<String>) -> Result<(), Undecided> {
    if host.target.base.scheme() != "https" {
        faults.push(format!("{} is not TLS", host.target.base));
        return Ok(());
    }
    let versions = [
        ("TLS 1.0", SslVersion::TLS1, false),
        ("TLS 1.1", SslVersion::TLS1_1, false),
        ("TLS 1.2", SslVersion::TLS1_2, true),
        ("TLS 1.3", SslVersion::TLS1_3, true),
    ];
    for (name, version, right) in versions {
        match handshake(host, version).await {
            Spoken::Yes(_) if !right => faults.push(format!("{name} is spoken")),
            Spoken::No(words) if right => faults.push(format!("{name} is refused: {words}")),
            Spoken::Yes(_) | Spoken::No(_) => {}
            // It has gone away meanwhile, which says more than its versions.
            Spoken::NobodyListens => {
                *faults = vec![Silence::Refused.to_string()];
                return Ok(());
            }
            // Each has its patience, and the other versions would be as silent.
            Spoken::Unknown(why) => return Err(Undecided(format!("{name}: {why}"))),
        }
    }
    Ok(())
}
