//! How often systemd retries a service that cannot start.

use crate::check::{Check, Row, Undecided};
use crate::subject::machine::Machine;
use crate::subject::unit::property;

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "start-limit",
        rules: &["SYS01"],
        claim: "a service that cannot start is left alone after a few attempts",
        why: "an endless loop of restarts hides the cause and overloads the machine",
        fix: "set StartLimitIntervalSec=60 and StartLimitBurst=5 in [Unit]",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let interval = property(machine, "StartLimitIntervalUSec").await?;
    let burst = property(machine, "StartLimitBurst").await?;
    if matches!(interval.as_str(), "" | "0" | "infinity") || burst == "0" {
        faults.push(format!(
            "StartLimitIntervalUSec={interval}, StartLimitBurst={burst}"
        ));
    }
    Ok(())
}
