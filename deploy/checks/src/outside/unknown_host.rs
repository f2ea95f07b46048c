//! Which host names are answered over TLS.

use crate::check::{Check, Row, Undecided};
use crate::subject::forged_name;
use crate::subject::host::Host;
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "unknown-host",
        rules: &["NGX04"],
        claim: "a request for another host's name is refused over TLS, whichever name the handshake gave",
        why: "ssl_reject_handshake alone lets a forged Host header through when the handshake gives the right name",
        fix: "add a default_server on port 443 with ssl_reject_handshake on; and return 421;",
    },
    look: |visit, faults| Box::pin(look(&visit.host, faults)),
};

async fn look(host: &Host, faults: &mut Vec<String>) -> Result<(), Undecided> {
    host.has_tls()?;
    forged_name::judge(host, host.url("/"), faults).await
}
