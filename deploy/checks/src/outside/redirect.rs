//! Where plain HTTP redirects to.

use reqwest::header::LOCATION;

use crate::check::{Check, Row, Undecided};
use crate::subject::host::Host;
use crate::subject::silence::Silence;
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "redirect",
        rules: &["NGX07"],
        claim: "plain HTTP redirects to the same page over TLS",
        why: "a redirect to another name loses the user or the cookie on the way",
        fix: "in the server block for port 80, write: return 301 https://$host$request_uri;",
    },
    look: |visit, faults| Box::pin(look(&visit.host, faults)),
};

async fn look(host: &Host, faults: &mut Vec<String>) -> Result<(), Undecided> {
    host.has_tls()?;
    let answer = match host.ask(host.get(host.plain("/a/page?x=1"))).await {
        // A closed port is an answer: there is no redirect.
        Err(Silence::Refused) => {
            faults.push(Silence::Refused.to_string());
            return Ok(());
        }
        answer => answer?,
    };
    let wanted = host.url("/a/page?x=1");
    let to = answer.one(LOCATION.as_str());
    if !matches!(answer.status.as_u16(), 301 | 308) || to != wanted.as_str() {
        faults.push(format!(
            "it answers {} and leads to `{to}` instead of {wanted}",
            answer.status
        ));
    }
    Ok(())
}
