//! What the machine itself shows: the unit as systemd understands it, files and their owners, open ports.
//!
//! The commands only read. Every one of these checks has a broken deployment that it names, in the tests.

mod backup;
mod care;
mod renewal;
mod service;
mod walls;

#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::time::timeout;

use crate::check::{Found, Outcome, Row};
use crate::machine::{Machine, Said};

const UNIT: &str = "reference-server.service";
/// Where `deploy/install` puts nginx's part.
const SITE: &str = "/etc/nginx/conf.d/reference-server.conf";

/// Every check on the machine.
pub static CHECKS: [&Row<dyn Machine>; 12] = [
    &service::START_LIMIT,
    &service::READINESS,
    &service::RELOAD,
    &service::NETWORK,
    &care::SECRETS,
    &service::HARDENING,
    &care::ROTATION,
    &service::PORTS,
    &walls::FIREWALL,
    &walls::SELINUX,
    &backup::BACKUP,
    &renewal::RENEWAL,
];

/// Makes every check.
pub async fn run(machine: &(dyn Machine + 'static)) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for row in CHECKS {
        outcomes.push(row.make(machine).await);
    }
    outcomes
}

/// How long a command may take. It is patience and no promise: a slow machine has broken nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// The output of a command, or why there is none.
async fn ask(machine: &dyn Machine, command: &[&str]) -> Result<Said, Found> {
    ask_for(machine, command, PATIENCE).await
}

async fn ask_for(
    machine: &dyn Machine,
    command: &[&str],
    patience: Duration,
) -> Result<Said, Found> {
    let name = command.join(" ");
    // Some answers are told apart by their words.
    let command = [&["env", "LC_ALL=C"], command].concat();
    match timeout(patience, machine.run(&command)).await {
        Ok(Ok(said)) => Ok(said),
        Ok(Err(error)) => Err(Found::undecided(format_args!("{name}: {error}"))),
        Err(_) => Err(Found::undecided(format_args!(
            "{name} has not ended after {patience:?}"
        ))),
    }
}

/// That a command ended in a way that says nothing.
fn unclear(command: &[&str], said: &Said) -> Found {
    let words = said.text.trim();
    Found::undecided(format_args!(
        "{} ended with {}: {words}",
        command.join(" "),
        said.code
    ))
}

/// The output of a command that must succeed.
async fn text(machine: &dyn Machine, command: &[&str]) -> Result<String, Found> {
    let said = ask(machine, command).await?;
    if said.code == 0 {
        Ok(said.text)
    } else {
        Err(unclear(command, &said))
    }
}

/// Whether a command says yes, which is 0, or no, which is one of these codes. Any other says neither.
async fn whether(machine: &dyn Machine, command: &[&str], no: &[i64]) -> Result<bool, Found> {
    let said = ask(machine, command).await?;
    match said.code {
        0 => Ok(true),
        code if no.contains(&code) => Ok(false),
        _ => Err(unclear(command, &said)),
    }
}

/// What a file says; `None` where there is no such file.
async fn file(machine: &dyn Machine, path: &str) -> Result<Option<String>, Found> {
    let command = ["cat", path];
    let said = ask(machine, &command).await?;
    match said.code {
        0 => Ok(Some(said.text)),
        _ if said.text.contains("No such file") => Ok(None),
        _ => Err(unclear(&command, &said)),
    }
}

/// The unit's property, as systemd understands it.
async fn property(machine: &dyn Machine, name: &str) -> Result<String, Found> {
    let show = ["systemctl", "show", "--value", "-p", name, UNIT];
    Ok(text(machine, &show).await?.trim().to_owned())
}

/// The environment files of the unit.
async fn settings(machine: &dyn Machine) -> Result<Vec<String>, Found> {
    let files = property(machine, "EnvironmentFiles").await?;
    let file = |line: &str| line.split_whitespace().next().map(str::to_owned);
    Ok(files.lines().filter_map(file).collect())
}

/// What a timer has wrongly.
async fn timer(machine: &dyn Machine, name: &str) -> Result<Vec<String>, Found> {
    let show = ["systemctl", "show", "-p", "UnitFileState,ActiveState", name];
    let state = text(machine, &show).await?;
    let is = |line: &str| state.lines().any(|said| said == line);
    let mut faults = Vec::new();
    if !is("UnitFileState=enabled") {
        faults.push(format!("{name} does not start with the machine"));
    }
    if !is("ActiveState=active") {
        faults.push(format!("{name} does not wait for its next time"));
    }
    Ok(faults)
}
