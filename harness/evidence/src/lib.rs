//! The judge: observations in, findings out.
//!
//! Clients write down what they saw (`observation`) into a `history`; the functions in `properties`
//! read it and return a `finding` each, with a `verdict` and its witnesses. Nothing here opens a file
//! or a socket, reads a clock or draws a random number, so the same history always gives the same
//! findings.

mod comparison;
pub mod finding;
pub mod history;
pub mod judging;
pub mod marker;
pub mod name;
pub mod observation;
pub mod place;
pub mod properties;
pub mod verdict;

pub use finding::{Finding, Witness};
pub use history::{History, Scene};
pub use judging::Judging;
pub use marker::{Marker, Owners};
pub use name::{ActionId, UserName};
pub use observation::{Observation, What};
pub use place::Place;
pub use properties::{PROPERTIES, Property};
pub use verdict::Verdict;

#[cfg(test)]
mod notation;
