//! Commands that only read, run on the machine, and what their exit codes mean.

use std::time::Duration;

use probe::excerpt;
use tokio::time::timeout;

use super::machine::{Machine, Output};
use crate::check::Undecided;

/// How long a command may take. A slow machine has broken nothing, so a late answer is no fault.
const PATIENCE: Duration = Duration::from_secs(60);

/// The output of a command, whatever its exit code, or why there is none.
pub(crate) async fn ask(machine: &dyn Machine, command: &[&str]) -> Result<Output, Undecided> {
    ask_for(machine, command, PATIENCE).await
}

/// Like `ask`, with another limit.
pub(crate) async fn ask_for(
    machine: &dyn Machine,
    command: &[&str],
    patience: Duration,
) -> Result<Output, Undecided> {
    let name = name(command);
    // Some answers differ only in their words, which must be in English.
    let command = [&["env", "LC_ALL=C"], command].concat();
    match timeout(patience, machine.run(&command)).await {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(error)) => Err(Undecided(format!("{name}: {error}"))),
        Err(_) => Err(Undecided(format!("{name} did not end within {patience:?}"))),
    }
}

/// The error for a command that ended in a way that proves nothing.
pub(crate) fn unclear(command: &[&str], output: &Output) -> Undecided {
    let words = match output.text.trim() {
        "" => String::new(),
        words => format!(": {words}"),
    };
    let (name, code) = (name(command), output.code);
    Undecided(format!("{name} ended with exit code {code}{words}"))
}

/// A command in a message. A script is too long to be read there.
fn name(command: &[&str]) -> String {
    excerpt::start(&command.join(" "))
}

/// The output of a command that must succeed.
pub(crate) async fn text(machine: &dyn Machine, command: &[&str]) -> Result<String, Undecided> {
    let output = ask(machine, command).await?;
    if output.code == 0 {
        Ok(output.text)
    } else {
        Err(unclear(command, &output))
    }
}

/// Whether a command says yes (exit code 0) or no (one of the codes in `no`). Any other code is an error.
pub(crate) async fn whether(
    machine: &dyn Machine,
    command: &[&str],
    no: &[i64],
) -> Result<bool, Undecided> {
    let output = ask(machine, command).await?;
    match output.code {
        0 => Ok(true),
        code if no.contains(&code) => Ok(false),
        _ => Err(unclear(command, &output)),
    }
}

/// The text of a file; `None` if there is no such file.
pub(crate) async fn file(machine: &dyn Machine, path: &str) -> Result<Option<String>, Undecided> {
    let command = ["cat", path];
    let output = ask(machine, &command).await?;
    match output.code {
        0 => Ok(Some(output.text)),
        _ if output.text.contains("No such file") => Ok(None),
        _ => Err(unclear(&command, &output)),
    }
}
