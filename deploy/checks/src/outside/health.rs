//! The health page, and a page that does not exist.

use reqwest::StatusCode;

use crate::check::{Check, Row, Undecided};
use crate::subject::host::{Host, NOWHERE};
use crate::subject::silence::Silence;
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "health",
        rules: &["WEB07"],
        claim: "only the health page says that the server is well, and an unknown page is a 404",
        why: "a monitor that is happy with any page is happy with a broken server",
        fix: "let errors keep their status, and let the proxy pass them on",
    },
    look: |visit, faults| Box::pin(look(&visit.host, faults)),
};

async fn look(host: &Host, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let Some(health) = &host.target.health else {
        return Err(Undecided::because("the target file has no `health`"));
    };
    let well = match host.ask(host.get(host.url(&health.path))).await {
        // A server that cannot be reached is not healthy.
        Err(Silence::Refused) => {
            faults.push(Silence::Refused.to_string());
            return Ok(());
        }
        well => well?,
    };
    let nowhere = host.ask(host.get(host.url(NOWHERE))).await?;
    if well.status != StatusCode::OK || !well.body.contains(&health.contains) {
        faults.push(format!(
            "{} answers {} without `{}`",
            health.path, well.status, health.contains
        ));
    }
    if nowhere.status != StatusCode::NOT_FOUND {
        faults.push(format!(
            "a page that does not exist answers {}",
            nowhere.status
        ));
    }
    if nowhere.body.contains(&health.contains) {
        faults.push("a page that does not exist says that the server is healthy".to_owned());
    }
    Ok(())
}
