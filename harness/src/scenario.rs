//! A scenario file: read, then checked with a model of what its steps do, so that what cannot work is reported before
//! anything runs.

pub(crate) mod content;
pub(crate) mod error;
pub(crate) mod file;
pub(crate) mod schema;

mod beside;
mod check;
mod labels;
mod reading;
#[cfg(test)]
mod tests;
