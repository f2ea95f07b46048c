//! An action's events over a WebSocket.

use crate::check::{Check, Row, Undecided};
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "websocket",
        rules: &["NGX18", "NGX02"],
        claim: "a connection upgrades to WebSocket and delivers an action's events",
        why: "without it every client falls back to polling, at many times the cost",
        fix: "in the location of the socket, pass Upgrade and Connection $connection_upgrade on",
    },
    look: |visit, faults| Box::pin(look(visit, faults)),
};

async fn look(visit: &Visit, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let conversation = visit.conversation().await?;
    conversation.websocket.clone()?.judge(faults)
}
