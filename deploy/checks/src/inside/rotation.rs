//! Who rotates the logs, and whether the server hears of it.

use crate::check::{Check, Row, Undecided};
use crate::subject::command::{ask, text, unclear};
use crate::subject::machine::Machine;

/// Words that hide a reload which has failed.
const HIDING: [&str; 4] = ["|| true", "|| :", "|| exit 0", "; true"];

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "rotation",
        rules: &["OPS01"],
        claim: "the logs have one rotator, and it tells the server to open new ones",
        why: "two rotators lose lines, and an unheard reload fills a file without a name",
        fix: "keep deploy/logrotate alone, without a word that hides its failure",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let grep =
        "grep -lsE '^[^#]*/var/log/(reference-server|\\*)/' /etc/logrotate.d/* /etc/logrotate.conf";
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
        faults.push(if files.is_empty() {
            "nobody rotates the logs".to_owned()
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
    Ok(())
}
