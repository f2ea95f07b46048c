//! Checks of a deployment: a running system in, outcomes out.
//!
//! A `check` is data: its rules, why it matters, how to fix it, and the function that looks. The checks in `outside`
//! look at a host over the network and harm nothing. Those in `inside` look at the machine that it runs on, with
//! commands that only read. `subject` has what both look at: the host, its TLS, a conversation of two users, the
//! machine.
//!
//! A missing answer proves nothing, and the check is *undecided*: only a wrong answer or a refusal counts against a
//! system. The checks do not repeat what scenarios and properties prove: one short conversation of two users stands
//! for them.

mod check;
#[cfg(test)]
mod snapshot;
mod subject;

pub mod inside;
pub mod outside;

#[cfg(test)]
mod tests;

pub use check::{Check, Looking, Outcome, Row, Undecided};
pub use subject::host::Host;
pub use subject::machine::{Machine, Output};
pub use subject::visit::Visit;
