//! The installed units as systemd understands them.

use super::command::text;
use super::machine::Machine;
use crate::check::Undecided;

/// The server's own unit.
pub(crate) const UNIT: &str = "reference-server.service";

/// A property of the server's unit, as systemd understands it.
pub(crate) async fn property(machine: &dyn Machine, name: &str) -> Result<String, Undecided> {
    let show = ["systemctl", "show", "--value", "-p", name, UNIT];
    Ok(text(machine, &show).await?.trim().to_owned())
}

/// The environment files of the server's unit.
pub(crate) async fn settings_files(machine: &dyn Machine) -> Result<Vec<String>, Undecided> {
    let files = property(machine, "EnvironmentFiles").await?;
    let file = |line: &str| line.split_whitespace().next().map(str::to_owned);
    Ok(files.lines().filter_map(file).collect())
}

/// What is wrong with a timer.
pub(crate) async fn timer_faults(
    machine: &dyn Machine,
    name: &str,
) -> Result<Vec<String>, Undecided> {
    let show = ["systemctl", "show", "-p", "UnitFileState,ActiveState", name];
    let state = text(machine, &show).await?;
    let is = |line: &str| state.lines().any(|other| other == line);
    let mut faults = Vec::new();
    if !is("UnitFileState=enabled") {
        faults.push(format!("{name} does not start at boot"));
    }
    if !is("ActiveState=active") {
        faults.push(format!("{name} is not active"));
    }
    Ok(faults)
}
