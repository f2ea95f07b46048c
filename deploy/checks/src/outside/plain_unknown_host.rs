//! Which host names are answered without TLS: on port 80, or where a host of plain HTTP is.

use crate::check::{Check, Row, Undecided};
use crate::subject::forged_name;
use crate::subject::host::Host;
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "plain-unknown-host",
        rules: &["NGX04"],
        claim: "a request for another host's name is refused over plain HTTP",
        why: "a forged Host header steers links and redirects elsewhere",
        fix: "add a default_server on port 80 with return 421;",
    },
    look: |visit, faults| Box::pin(look(&visit.host, faults)),
};

async fn look(host: &Host, faults: &mut Vec<String>) -> Result<(), Undecided> {
    forged_name::judge(host, host.plain("/"), faults).await
}
