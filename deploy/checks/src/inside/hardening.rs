//! What the service could do to its machine.

use crate::check::{Check, Row, Undecided};
use crate::subject::command::{ask, unclear};
use crate::subject::machine::Machine;
use crate::subject::unit::{UNIT, property};

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "hardening",
        rules: &["SYS06"],
        claim: "the service cannot write outside its own folders, and its exposure is 2.0 at most",
        why: "a hole in the server must not become a hole in the machine",
        fix: "take the unit from deploy/systemd, or add ProtectSystem=strict and what systemd-analyze security asks for",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    writable(machine, faults).await?;
    exposed(machine, faults).await
}

/// The error tells a folder that cannot be written from one that this user may not write.
async fn writable(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let pid = property(machine, "MainPID").await?;
    if pid == "0" {
        return Err(Undecided::because("the service does not run"));
    }
    for folder in ["/etc", "/usr", "/opt"] {
        let file = format!("{folder}/airtight-was-here");
        let touch = ["nsenter", "-t", &pid, "-m", "--", "touch", &file];
        let said = ask(machine, &touch).await?;
        if said.code == 0 {
            faults.push(format!("{folder} can be written by the service"));
            ask(machine, &["rm", "-f", &file]).await?;
        } else if !said.text.contains("Read-only file system") {
            return Err(unclear(&touch, &said));
        }
    }
    Ok(())
}

async fn exposed(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let security = ["systemd-analyze", "security", "--threshold=20", UNIT];
    let said = ask(machine, &security).await?;
    if said.text.contains("unrecognized option") {
        // systemd 239 of RHEL 8 only prints what it thinks.
        let why = "this systemd has no threshold for its exposure";
        return Err(Undecided::because(why));
    }
    let mut lines = said.text.lines().rev();
    let exposure = lines.find(|line| line.contains("exposure"));
    match (said.code, exposure) {
        (0, _) => Ok(()),
        (_, Some(exposure)) => {
            faults.push(exposure.trim().to_owned());
            Ok(())
        }
        // It could not look.
        _ => Err(unclear(&security, &said)),
    }
}
