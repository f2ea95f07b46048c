//! Whether the service can be reloaded, and stopped with all its processes.

use crate::check::{Check, Row, Undecided};
use crate::subject::machine::Machine;
use crate::subject::unit::property;

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "reload",
        rules: &["SYS03"],
        claim: "the service can be reloaded, and a stop also ends its child processes",
        why: "without a reload, a log rotation needs a restart, which disconnects every user",
        fix: "set ExecReload=/bin/kill -HUP $MAINPID and KillMode=mixed",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let can = property(machine, "CanReload").await?;
    let mode = property(machine, "KillMode").await?;
    if can != "yes" || !matches!(mode.as_str(), "mixed" | "control-group") {
        faults.push(format!("CanReload={can}, KillMode={mode}"));
    }
    Ok(())
}
