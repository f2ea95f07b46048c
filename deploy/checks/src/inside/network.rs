//! Whether the unit waits for the network that it wants.

use crate::check::{Check, Row, Undecided};
use crate::subject::machine::Machine;
use crate::subject::unit::property;

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "network",
        rules: &["SYS04"],
        claim: "a unit that wants the network also waits for it",
        why: "Wants= alone starts both at once, and the first start after a boot may fail",
        fix: "name network-online.target in After= and in Wants=, or in neither",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let wants = property(machine, "Wants").await?;
    let after = property(machine, "After").await?;
    let names = |list: &str| {
        list.split_whitespace()
            .any(|unit| unit == "network-online.target")
    };
    if names(&wants) != names(&after) {
        faults.push(format!("Wants={wants}; After={after}"));
    }
    Ok(())
}
