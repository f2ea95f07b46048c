//! Whether a page of another site can open a socket.

use crate::check::{Check, Row, Undecided};
use crate::subject::foreign::Foreign;
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "origin",
        rules: &["WEB09"],
        claim: "a page of another site cannot open a socket as the user",
        why: "the browser sends the cookie along, and the other site reads the events",
        fix: "pass Origin on unchanged, and let the server allow your own origins alone",
    },
    look: |visit, faults| Box::pin(look(visit, faults)),
};

async fn look(visit: &Visit, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let conversation = visit.conversation().await?;
    match conversation.foreign.clone()? {
        Foreign::Opened => faults.push("a socket was opened for another site".to_owned()),
        Foreign::Near(origin) => {
            faults.push(format!(
                "a socket was opened for `{origin}`, which is another site"
            ));
        }
        Foreign::Told(event) => faults.push(format!(
            "a socket of another site got `{event}`, which is the user's, before it was refused"
        )),
        Foreign::Refused => {}
    }
    Ok(())
}
