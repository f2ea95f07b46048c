//! Whether the service can be reloaded and stopped whole.

use crate::check::{Check, Row, Undecided};
use crate::subject::machine::Machine;
use crate::subject::unit::property;

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "reload",
        rules: &["SYS03"],
        claim: "the service can be reloaded, and a stop reaches its children",
        why: "without it a log rotation needs a restart, which throws every user out",
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
