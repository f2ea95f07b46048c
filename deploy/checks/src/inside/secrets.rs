//! Who may read the settings.

use crate::check::{Check, Row, Undecided};
use crate::subject::command::text;
use crate::subject::machine::Machine;
use crate::subject::unit::{property, settings_files};

/// Words in the name of a setting that holds a secret.
const SECRET: [&str; 4] = ["SECRET", "KEY", "TOKEN", "PASSWORD"];

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "secrets",
        rules: &["SYS05"],
        claim: "the environment file belongs to root, and nobody else can read it",
        why: "anybody who reads the key of the sessions can forge every one",
        fix: "run: chown root:root FILE && chmod 0600 FILE, and make a new key",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    // Every account on the machine may ask systemd for the text of the unit.
    let own = property(machine, "Environment").await?;
    let names = own
        .split_whitespace()
        .filter_map(|word| word.split('=').next());
    let names = names.map(|name| name.trim_matches('"'));
    let secret = names.filter(|name| name.split('_').any(|word| SECRET.contains(&word)));
    faults.extend(secret.map(|name| format!("the unit's Environment= contains {name}")));
    let files = settings_files(machine).await?;
    for file in &files {
        let owner = text(machine, &["stat", "-L", "-c", "%U:%G %a", file]).await?;
        if !matches!(owner.trim(), "root:root 600" | "root:root 400") {
            faults.push(format!("{file} is {}", owner.trim()));
        }
    }
    if files.is_empty() {
        return Err(Undecided::because("the unit has no environment file"));
    }
    Ok(())
}
