//! An action's events over polling.

use crate::check::{Check, Row, Undecided};
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "polling",
        rules: &["NGX18"],
        claim: "polling delivers an action's events",
        why: "some networks let nothing else through",
        fix: "let GET and POST of the socket's path through, without a cache",
    },
    look: |visit, faults| Box::pin(look(visit, faults)),
};

async fn look(visit: &Visit, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let conversation = visit.conversation().await?;
    conversation.polling.clone()?.judge(faults)
}
