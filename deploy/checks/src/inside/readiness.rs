//! Whether the service says when it is ready.

use crate::check::{Check, Row, Undecided};
use crate::subject::machine::Machine;
use crate::subject::unit::property;

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "readiness",
        rules: &["SYS02"],
        claim: "the service says when it is ready, and is watched from then on",
        why: "whoever is told too early sends users to a server that does not answer",
        fix: "set Type=notify and WatchdogSec=30",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let kind = property(machine, "Type").await?;
    let watchdog = property(machine, "WatchdogUSec").await?;
    let notifies = matches!(kind.as_str(), "notify" | "notify-reload");
    if !notifies || matches!(watchdog.as_str(), "" | "0" | "infinity") {
        faults.push(format!("Type={kind}, WatchdogUSec={watchdog}"));
    }
    Ok(())
}
