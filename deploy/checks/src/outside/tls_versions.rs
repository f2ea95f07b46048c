//! Which versions of TLS the host accepts.

use openssl::ssl::SslVersion;

use crate::check::{Check, Row, Undecided};
use crate::subject::host::Host;
use crate::subject::silence::Silence;
use crate::subject::tls::{TlsHandshake, handshake};
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "tls-versions",
        rules: &["NGX08", "NGX17"],
        claim: "the host accepts TLS 1.2 and 1.3, and neither 1.1 nor 1.0",
        why: "others can read the old versions, and a cipher list without the certificate's key type locks clients out",
        fix: "set ssl_protocols TLSv1.2 TLSv1.3; and Mozilla's intermediate ciphers",
    },
    look: |visit, faults| Box::pin(look(&visit.host, faults)),
};

async fn look(host: &Host, faults: &mut Vec<String>) -> Result<(), Undecided> {
    host.has_tls()?;
    let versions = [
        ("TLS 1.0", SslVersion::TLS1, false),
        ("TLS 1.1", SslVersion::TLS1_1, false),
        ("TLS 1.2", SslVersion::TLS1_2, true),
        ("TLS 1.3", SslVersion::TLS1_3, true),
    ];
    for (name, version, right) in versions {
        match handshake(host, version).await {
            TlsHandshake::Accepted(_) if !right => faults.push(format!("{name} is accepted")),
            TlsHandshake::Refused(words) if right => {
                faults.push(format!("{name} is refused: {words}"));
            }
            TlsHandshake::Accepted(_) | TlsHandshake::Refused(_) => {}
            // Nothing listens, or no longer: report that alone.
            TlsHandshake::NothingListens => {
                *faults = vec![Silence::Refused.to_string()];
                return Ok(());
            }
            // The other versions would be as silent, and each would wait its full time.
            TlsHandshake::Unknown(why) => return Err(Undecided(format!("{name}: {why}"))),
        }
    }
    Ok(())
}
