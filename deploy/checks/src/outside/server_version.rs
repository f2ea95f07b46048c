//! Whether answers reveal versions.

use crate::check::{Check, Row, Undecided};
use crate::subject::host::{Host, NOWHERE};
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "server-version",
        rules: &["NGX16"],
        claim: "no answer reveals a version",
        why: "a version tells an attacker which hole to try",
        fix: "set server_tokens off;",
    },
    look: |visit, faults| Box::pin(look(&visit.host, faults)),
};

async fn look(host: &Host, faults: &mut Vec<String>) -> Result<(), Undecided> {
    // Both answers or none: a missing one leaves the check undecided.
    let mut revealed = Vec::new();
    let mut urls = vec![host.url(NOWHERE), host.plain(NOWHERE)];
    urls.dedup();
    for url in urls {
        let asked = format!("{} {}", url.scheme(), url.path());
        let answer = host.ask(host.get(url)).await?;
        for name in ["server", "x-powered-by", "via"] {
            let value = answer.one(name);
            if value.contains('/') && value.contains(|digit: char| digit.is_ascii_digit()) {
                revealed.push(format!("{asked}: {name} is `{value}`"));
            }
        }
    }
    faults.append(&mut revealed);
    Ok(())
}
