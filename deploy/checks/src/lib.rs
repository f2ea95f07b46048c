//! Checks of a deployment: a running system in, outcomes out.
//!
//! A `check` is data: its rules, why it matters, how to mend it, and the function that makes it. The checks of
//! `outside` look at a host over the network alone and harm nothing; those of `inside` look at the machine that it
//! runs on, by commands that change nothing. What both look at is below `subject`. No answer in time is no evidence,
//! and *undecided*: only what was answered wrongly, or refused, is held against a system. What scenarios and
//! properties show is not repeated here: one small conversation of two users stands for them.

mod check;
mod subject;

pub mod inside;
pub mod outside;

#[cfg(test)]
mod tests;

pub use check::{Check, Looking, Outcome, Row, Undecided};
pub use subject::host::Host;
pub use subject::machine::{Machine, Output};
pub use subject::visit::Visit;
