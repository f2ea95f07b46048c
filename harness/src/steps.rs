//! The steps of a scenario, one file each: its reading, writing and schema, what it answers about itself, its check,
//! and its run.
//!
//! A new step is a file here, and its line in [`STEPS`].

pub(crate) mod entry;
pub(crate) mod step_trait;
pub(crate) mod checking;
pub(crate) mod reading;
pub(crate) mod walking;
mod tab_change;
mod limit;
mod events;
mod answer;
mod sent;
mod strangers_page;

pub(crate) mod awaiting;
pub(crate) mod close;
mod closed;
mod count;
mod expire;
mod theft;
pub(crate) mod membership;
pub(crate) mod read;
pub(crate) mod cut;
pub(crate) mod emit;
pub(crate) mod visit;
pub(crate) mod http;
mod last;
mod log;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod open;
mod quiet;
pub(crate) mod repeat;
pub(crate) mod restart;
pub(crate) mod resume;
pub(crate) mod stall;
pub(crate) mod start;
mod every_action;
pub(crate) mod stop;
mod every_foreign;
pub(crate) mod every_forbidden;
pub(crate) mod every_foreign_id;
pub(crate) mod abandon;
pub(crate) mod every_stop;
pub(crate) mod together;
mod upload;
mod wait;

use self::reading::{Reader, StepKind};

/// Every kind of step, in the order in which messages and the schema name them.
pub(crate) const STEPS: &[StepKind] = &[
    login::KIND,
    logout::KIND,
    open::KIND,
    close::KIND,
    closed::KIND,
    cut::KIND,
    stall::KIND,
    resume::KIND,
    start::KIND,
    every_action::KIND,
    every_foreign::KIND,
    every_foreign_id::KIND,
    every_forbidden::KIND,
    every_stop::KIND,
    abandon::KIND,
    stop::KIND,
    read::KIND,
    membership::CREATE,
    membership::JOIN,
    membership::LEAVE,
    expire::KIND,
    theft::STEAL,
    theft::FORGE,
    emit::KIND,
    http::KIND,
    upload::KIND,
    restart::KIND,
    log::KIND,
    wait::KIND,
    awaiting::KIND,
    count::KIND,
    quiet::KIND,
    last::KIND,
    repeat::KIND,
    together::KIND,
];

/// Reads the steps of a file.
pub(crate) const fn reader() -> Reader {
    Reader::of(STEPS)
}

#[cfg(test)]
mod tests;
