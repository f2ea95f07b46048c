//! Whether a page of somebody else opens a socket.

use crate::check::{Check, Row, Undecided};
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "origin",
        rules: &["WEB09"],
        claim: "a page of somebody else opens no socket in a user's name",
        why: "the browser sends the cookie along, and the other page reads the events",
        fix: "pass Origin on unchanged, and set ALLOWED_ORIGINS to your own",
    },
    look: |visit, faults| Box::pin(look(visit, faults)),
};

async fn look(visit: &Visit, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let conversation = visit.conversation().await?;
    if conversation.foreign_opened.clone()? {
        faults.push("the socket was opened".to_owned());
    }
    Ok(())
}
