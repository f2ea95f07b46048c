//! What anybody can see over the network, and what two users with passwords can. Harmless in production:
//! some dozens of requests, two short actions of the two users' own, and one body that is refused.
//!
//! Every one of these checks has a broken deployment that it names, in the tests.

mod body_limit;
mod certificate;
mod cookie;
mod guests;
mod headers;
mod health;
mod isolation;
mod origin;
mod plain_unknown_host;
mod polling;
mod redirect;
mod server_version;
mod tls_versions;
mod unknown_host;
mod websocket;

#[cfg(test)]
mod tests;

use futures_util::future::join_all;

use crate::check::{Outcome, Row};
use crate::subject::host::Host;
use crate::subject::visit::Visit;

/// Every check from outside, in the order of the reports.
pub static CHECKS: [&Row<Visit>; 15] = [
    &redirect::CHECK,
    &plain_unknown_host::CHECK,
    &unknown_host::CHECK,
    &tls_versions::CHECK,
    &certificate::CHECK,
    &headers::CHECK,
    &server_version::CHECK,
    &cookie::CHECK,
    &health::CHECK,
    &body_limit::CHECK,
    &guests::CHECK,
    &origin::CHECK,
    &websocket::CHECK,
    &polling::CHECK,
    &isolation::CHECK,
];

/// Makes every check, all at once.
pub async fn run(host: &Host) -> Vec<Outcome> {
    let visit = Visit::new(host);
    join_all(CHECKS.map(|row| row.run(&visit))).await
}
