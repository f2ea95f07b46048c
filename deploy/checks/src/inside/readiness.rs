//! Whether the service reports when it is ready.

use crate::check::{Check, Row, Undecided};
use crate::subject::machine::Machine;
use crate::subject::unit::property;

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "readiness",
        rules: &["SYS02"],
        claim: "the service reports when it is ready, and a watchdog guards it from then on",
        why: "a service that counts as ready too early gets users before it can answer",
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
