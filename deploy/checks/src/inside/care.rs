//! What nobody may read, and what grows: secrets and logs.

use super::{ask, property, settings, text, unclear};
use crate::check::{Check, Found, Row};
use crate::machine::Machine;

pub(super) static SECRETS: Row<dyn Machine> = Row {
    check: Check {
        name: "secrets",
        rules: &["SYS05"],
        claim: "the environment file belongs to root and nobody else reads it",
        why: "who reads SECRET_KEY can forge everybody's session",
        fix: "run: chown root:root FILE && chmod 0600 FILE, and make a new SECRET_KEY",
    },
    look: |machine| Box::pin(secrets(machine)),
};

async fn secrets(machine: &dyn Machine) -> Found {
    let mut faults = Vec::new();
    let looked = readable(machine, &mut faults).await;
    Found::seen(faults, looked)
}

async fn readable(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Found> {
    // Whoever is on the machine may ask systemd for what stands in the unit itself.
    let own = property(machine, "Environment").await?;
    if own.contains("SECRET_KEY") {
        faults.push("the unit's Environment= has SECRET_KEY".to_owned());
    }
    let files = settings(machine).await?;
    for file in &files {
        let owner = text(machine, &["stat", "-L", "-c", "%U:%G %a", file]).await?;
        if !matches!(owner.trim(), "root:root 600" | "root:root 400") {
            faults.push(format!("{file} is {}", owner.trim()));
        }
    }
    if files.is_empty() {
        return Err(Found::undecided("the unit has no environment file"));
    }
    Ok(())
}

/// Words that hide a reload which has failed.
const HIDING: [&str; 4] = ["|| true", "|| :", "|| exit 0", "; true"];

pub(super) static ROTATION: Row<dyn Machine> = Row {
    check: Check {
        name: "rotation",
        rules: &["OPS01"],
        claim: "the logs have one rotator, and it tells the server to open new ones",
        why: "two rotators lose lines, and an unheard reload fills a file without a name",
        fix: "keep deploy/logrotate alone, without a word that hides its failure",
    },
    look: |machine| Box::pin(rotation(machine)),
};

async fn rotation(machine: &dyn Machine) -> Found {
    let found = async {
        let grep = "grep -lsE '^[^#]*/var/log/(reference-server|\\*)/' /etc/logrotate.d/* /etc/logrotate.conf";
        let grep = ["sh", "-c", grep];
        let said = ask(machine, &grep).await?;
        // A folder or a file that is not there is 2, whatever the others have.
        if !matches!(said.code, 0..=2) {
            return Err(unclear(&grep, &said));
        }
        let files = said.text;
        // What a package left beside logrotate passes over.
        let passed_over = [".rpmsave", ".rpmnew", ".rpmorig", "~"];
        let mut files = files.lines().collect::<Vec<&str>>();
        files.retain(|file| !passed_over.iter().any(|suffix| file.ends_with(suffix)));
        let [file] = files.as_slice() else {
            let seen = if files.is_empty() {
                "nobody rotates the logs".to_owned()
            } else {
                format!("{} rotate the same files", files.join(" and "))
            };
            return Ok(Found::Violated(vec![seen]));
        };
        let rules = text(machine, &["cat", file]).await?;
        let rules: Vec<&str> = rules
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with('#'))
            .collect();
        let mut faults = Vec::new();
        let tells = |line: &&str| {
            (line.contains("reload") && line.contains("reference-server")) || line.contains("HUP")
        };
        if !rules.iter().any(tells) {
            faults.push(format!("{file} does not tell the server"));
        }
        if rules
            .iter()
            .any(|line| HIDING.iter().any(|words| line.contains(words)))
        {
            faults.push(format!("{file} hides a failed reload"));
        }
        if rules.contains(&"copytruncate") {
            faults.push(format!(
                "{file} loses what is written while it copies: copytruncate"
            ));
        }
        Ok(Found::from_faults(faults))
    };
    Found::either(found.await)
}
