//! What anybody can see over the network, and what two users with passwords can see. It is harmless in production:
//! some three hundred requests, a short action or two of each of the two users, and one body that is refused.
//!
//! The tests have a broken deployment for each check, which the check must name.

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
mod reflected_origin;
mod server_version;
mod shared_cache;
mod tls_versions;
mod unknown_host;
mod websocket;

#[cfg(test)]
mod tests;

use futures_util::future::join_all;

use crate::check::{Outcome, Row};
use crate::subject::host::Host;
use crate::subject::visit::Visit;

/// Every check from outside, in the order of the report.
pub static CHECKS: [&Row<Visit>; 17] = [
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
    &reflected_origin::CHECK,
    &shared_cache::CHECK,
    &websocket::CHECK,
    &polling::CHECK,
    &isolation::CHECK,
];

/// Runs every check, all at the same time.
pub async fn run(host: &Host) -> Vec<Outcome> {
    let visit = Visit::new(host);
    let outcomes = join_all(CHECKS.map(|row| row.run(&visit))).await;
    visit.leave().await;
    outcomes
}
