//! The steps of a scenario, one file each: its reading and schema, what it answers about itself, its check, and its run.
//!
//! A new step is a file here, and its line in [`STEPS`].

pub(crate) mod step;
pub(crate) mod checking;
pub(crate) mod reading;
pub(crate) mod walking;

mod awaiting;
mod close;
mod cut;
mod emit;
mod http;
mod last;
mod log;
mod login;
mod logout;
mod open;
mod quiet;
mod repeat;
mod restart;
mod resume;
mod stall;
mod start;
mod stop;
mod together;
mod upload;

use self::reading::{Reader, StepKind};

/// Every kind of step, in the order in which messages and the schema name them.
pub(crate) const STEPS: &[StepKind] = &[
    login::KIND,
    logout::KIND,
    open::KIND,
    close::KIND,
    cut::KIND,
    stall::KIND,
    resume::KIND,
    start::KIND,
    stop::KIND,
    emit::KIND,
    http::KIND,
    upload::KIND,
    restart::KIND,
    log::KIND,
    awaiting::KIND,
    quiet::KIND,
    last::KIND,
    repeat::KIND,
    together::KIND,
];

/// Reads the steps of a file.
pub(crate) const fn reader() -> Reader {
    Reader::of(STEPS)
}
