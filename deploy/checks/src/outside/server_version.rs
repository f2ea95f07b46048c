//! Versions that answers tell.

use crate::check::{Check, Row, Undecided};
use crate::subject::host::{Host, NOWHERE};
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "server-version",
        rules: &["NGX16"],
        claim: "no answer tells a version",
        why: "a version tells an attacker which hole to try",
        fix: "set server_tokens off;",
    },
    look: |visit, faults| Box::pin(look(&visit.host, faults)),
};

async fn look(host: &Host, faults: &mut Vec<String>) -> Result<(), Undecided> {
    // Without both answers nothing is said of either.
    let mut told = Vec::new();
    for url in [host.url(NOWHERE), host.plain(NOWHERE)] {
        let asked = format!("{} {}", url.scheme(), url.path());
        let answer = host.ask(host.get(url)).await?;
        for name in ["server", "x-powered-by", "via"] {
            let value = answer.one(name);
            if value.contains('/') && value.contains(|digit: char| digit.is_ascii_digit()) {
                told.push(format!("{asked}: {name} is `{value}`"));
            }
        }
    }
    faults.append(&mut told);
    Ok(())
}
