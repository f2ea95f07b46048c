//! What the machine itself shows: the unit as systemd understands it, files and their owners, open ports.
//!
//! The commands only read. Every one of these checks has a broken deployment that it names, in the tests.

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

/// Every check on the machine, in the order of the reports.
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

/// Makes every check, one after the other.
pub async fn run(machine: &(dyn Machine + 'static)) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for row in CHECKS {
        outcomes.push(row.run(machine).await);
    }
    outcomes
}
