//! A scenario file: read, then checked with a model of what its steps do, so that what cannot work is reported before
//! anything runs.

pub(crate) mod content;
pub(crate) mod error;
mod labels;
mod beside;

mod check;
mod reading;
pub(crate) mod file;
pub(crate) mod schema;
#[cfg(test)]
mod tests;
