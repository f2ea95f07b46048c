//! What damage the service could do to its machine.

use crate::check::{Check, Row, Undecided};
use crate::subject::command::{ask, unclear};
use crate::subject::machine::Machine;
use crate::subject::unit::{UNIT, property};

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "hardening",
        rules: &["SYS06"],
        claim: "the service cannot write outside its own folders, and its exposure is at most 2.0",
        why: "a hole in the server must not become a hole in the machine",
        fix: "take the unit from deploy/systemd, or add ProtectSystem=strict and what systemd-analyze security suggests",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    try_to_write(machine, faults).await?;
    compare_exposure(machine, faults).await
}

/// Root tries to write, in the service's own mount namespace. Only the error "read-only" proves the protection:
/// "permission denied" may have another cause.
async fn try_to_write(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let pid = property(machine, "MainPID").await?;
    if pid == "0" {
        return Err(Undecided::because("the service is not running"));
    }
    for folder in ["/etc", "/usr", "/opt"] {
        let file = format!("{folder}/airtight-was-here");
        let touch = ["nsenter", "-t", &pid, "-m", "--", "touch", &file];
        let output = ask(machine, &touch).await?;
        if output.code == 0 {
            faults.push(format!("the service can write to {folder}"));
            ask(machine, &["rm", "-f", &file]).await?;
        } else if !output.text.contains("Read-only file system") {
            return Err(unclear(&touch, &output));
        }
    }
    Ok(())
}

async fn compare_exposure(
    machine: &dyn Machine,
    faults: &mut Vec<String>,
) -> Result<(), Undecided> {
    let security = ["systemd-analyze", "security", "--threshold=20", UNIT];
    let output = ask(machine, &security).await?;
    if output.text.contains("unrecognized option") {
        // systemd 239, in RHEL 8, only prints the exposure.
        let why = "this version of systemd cannot compare the exposure with a threshold";
        return Err(Undecided::because(why));
    }
    let mut lines = output.text.lines().rev();
    let exposure = lines.find(|line| line.contains("exposure"));
    match (output.code, exposure) {
        (0, _) => Ok(()),
        (_, Some(exposure)) => {
            faults.push(exposure.trim().to_owned());
            Ok(())
        }
        // It printed no exposure, so it did not get that far.
        _ => Err(unclear(&security, &output)),
    }
}
