//! What somebody without a login may do.

use reqwest::header::ORIGIN;

use crate::check::{Check, Row, Undecided};
use crate::subject::host::Host;
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "guests",
        rules: &["WEB10"],
        claim: "who is not logged in starts nothing and opens no socket",
        why: "whoever passes here is nobody, and nobody's events go anywhere",
        fix: "let every route ask for a session before it does anything",
    },
    look: |visit, faults| Box::pin(look(&visit.host, faults)),
};

async fn look(host: &Host, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let target = &host.target;
    let mut handshake = host.url(&target.socket.path);
    handshake.set_query(Some("EIO=4&transport=polling"));
    let actions = || host.url(&target.actions.start.path);
    let start = host
        .post(actions())
        .header(ORIGIN, &target.origin())
        .header("content-type", "application/json")
        .body("{}");
    let asked = [
        ("start an action", start),
        ("list actions", host.get(actions())),
        ("open a socket", host.get(handshake)),
    ];
    // Without every answer nothing is said of any.
    let mut allowed = Vec::new();
    for (what, request) in asked {
        let status = host.ask(request).await?.status;
        if status.is_server_error() {
            return Err(Undecided(format!("to {what} got {status}")));
        }
        if !status.is_redirection() && !status.is_client_error() {
            allowed.push(format!("a guest may {what}: {status}"));
        }
    }
    faults.append(&mut allowed);
    Ok(())
}
