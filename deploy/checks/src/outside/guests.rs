//! What a visitor may do without a login.

use reqwest::header::ORIGIN;

use crate::check::{Check, Row, Undecided};
use crate::subject::host::Host;
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "guests",
        rules: &["WEB10"],
        claim: "a visitor who is not logged in can start no action and open no socket",
        why: "a visitor who gets in here has no user name, and events without one can go to anybody",
        fix: "check the session in every route before it does anything",
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
    // All answers or none: a missing one leaves the check undecided.
    let mut allowed = Vec::new();
    for (what, request) in asked {
        let status = host.ask(request).await?.status;
        if status.is_server_error() {
            return Err(Undecided(format!(
                "a guest who tried to {what} got {status}"
            )));
        }
        if !status.is_redirection() && !status.is_client_error() {
            allowed.push(format!("a guest may {what}: {status}"));
        }
    }
    faults.append(&mut allowed);
    Ok(())
}
