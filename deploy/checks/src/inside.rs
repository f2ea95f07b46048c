//! What the machine itself shows: the unit as systemd understands it, files and their owners, open ports.
//!
//! The commands only read. The tests have a broken deployment for each check, which the check must name.

mod backup;
mod firewall;
mod hardening;
mod network;
mod ports;
mod readiness;
mod reload;
mod renewal;
mod rotation;
mod secrets;
mod selinux;
mod start_limit;

#[cfg(test)]
mod tests;

use crate::check::{Outcome, Row};
use crate::subject::machine::Machine;

/// Every check on the machine, in the order of the report.
pub static CHECKS: [&Row<dyn Machine>; 12] = [
    &start_limit::CHECK,
    &readiness::CHECK,
    &reload::CHECK,
    &network::CHECK,
    &secrets::CHECK,
    &hardening::CHECK,
    &rotation::CHECK,
    &ports::CHECK,
    &firewall::CHECK,
    &selinux::CHECK,
    &backup::CHECK,
    &renewal::CHECK,
];

/// Runs every check, one after the other.
pub async fn run(machine: &(dyn Machine + 'static)) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for row in CHECKS {
        outcomes.push(row.run(machine).await);
    }
    outcomes
}
