//! What two users see of each other.

use evidence::Verdict;

use crate::check::{Check, Row, Undecided};
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "isolation",
        rules: &["ISO04", "ISO08", "ISO10", "WEB01"],
        claim: "each of two users sees only their own events, and neither can stop the other's actions",
        why: "keeping users apart is what the system is for",
        fix: "run airtight verify against this system to see which leak it is",
    },
    look: |visit, faults| Box::pin(look(visit, faults)),
};

async fn look(visit: &Visit, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let conversation = visit.conversation().await?;
    let findings = &conversation.findings;
    for (property, finding) in findings {
        let witnesses = finding.witnesses.iter().take(3);
        faults.extend(witnesses.map(|witness| format!("{property}: {}", witness.says)));
    }
    let mut findings = findings.iter();
    match findings.find(|(property, _)| *property == "no_foreign_events") {
        Some((_, finding)) if finding.verdict == Verdict::Holds => {
            conversation.tried_to_stop.clone()
        }
        Some((_, finding)) => Err(Undecided::because(&finding.reason)),
        None => Err(Undecided::because("no property was judged")),
    }
}
