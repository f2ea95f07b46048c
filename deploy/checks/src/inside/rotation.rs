//! What rotates the logs, and whether the server is told.

use crate::check::{Check, Row, Undecided};
use crate::subject::command::{ask, text, unclear};
use crate::subject::machine::Machine;

/// Words that hide a failed reload.
const HIDING: [&str; 4] = ["|| true", "|| :", "|| exit 0", "; true"];

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "rotation",
        rules: &["OPS01"],
        claim: "one rotator handles the logs, and it tells the server to open new files",
        why: "two rotators lose lines, and a server that misses the reload goes on writing to a deleted file",
        fix: "use deploy/logrotate as the only rotator, and let nothing like `|| true` hide a failed reload",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let grep =
        "grep -lsE '^[^#]*/var/log/(reference-server|\\*)/' /etc/logrotate.d/* /etc/logrotate.conf";
    let grep = ["sh", "-c", grep];
    let output = ask(machine, &grep).await?;
    // grep ends with 2 when a folder or a file is missing, even if it found something elsewhere.
    if !matches!(output.code, 0..=2) {
        return Err(unclear(&grep, &output));
    }
    let files = output.text;
    // logrotate skips these: packages leave them behind.
    let passed_over = [".rpmsave", ".rpmnew", ".rpmorig", "~"];
    let mut files = files.lines().collect::<Vec<&str>>();
    files.retain(|file| !passed_over.iter().any(|suffix| file.ends_with(suffix)));
    let [file] = files.as_slice() else {
        faults.push(if files.is_empty() {
            "nothing rotates the logs".to_owned()
        } else {
            format!("{} rotate the same files", files.join(" and "))
        });
        return Ok(());
    };
    let rules = text(machine, &["cat", file]).await?;
    let rules: Vec<&str> = rules
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .collect();
    let tells = |line: &&str| {
        (line.contains("reload") && line.contains("reference-server")) || line.contains("HUP")
    };
    if !rules.iter().any(tells) {
        faults.push(format!("{file} does not tell the server to open new files"));
    }
    if rules
        .iter()
        .any(|line| HIDING.iter().any(|words| line.contains(words)))
    {
        faults.push(format!("{file} hides a failed reload"));
    }
    if rules.contains(&"copytruncate") {
        faults.push(format!(
            "{file} has copytruncate, which loses what is written during the copy"
        ));
    }
    Ok(())
}
