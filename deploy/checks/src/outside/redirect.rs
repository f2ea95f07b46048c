//! Where plain HTTP leads.

use reqwest::header::LOCATION;

use crate::check::{Check, Row, Undecided};
use crate::subject::host::Host;
use crate::subject::silence::Silence;
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "redirect",
        rules: &["NGX07"],
        claim: "plain HTTP leads to the same page over TLS",
        why: "a redirect to another name loses the user or the cookie on the way",
        fix: "return 301 https://$host$request_uri; in the server on port 80",
    },
    look: |visit, faults| Box::pin(look(&visit.host, faults)),
};

async fn look(host: &Host, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let answer = match host.ask(host.get(host.plain("/a/page?x=1"))).await {
        // That nobody listens there is an answer: nothing leads anywhere.
        Err(Silence::Refused) => {
            faults.push(Silence::Refused.to_string());
            return Ok(());
        }
        answer => answer?,
    };
    let wanted = host.url("/a/page?x=1");
    let to = answer.one(LOCATION.as_str());
    if !matches!(answer.status.as_u16(), 301 | 308) || to != wanted.as_str() {
        faults.push(format!("{} to `{to}` in place of {wanted}", answer.status));
    }
    Ok(())
}
