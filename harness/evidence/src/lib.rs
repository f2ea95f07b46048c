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
pub mod observation;
pub mod properties;
pub mod verdict;

pub use finding::{Finding, Witness};
pub use history::{History, Scene};
pub use judging::Judging;
pub use marker::{Marker, Owners};
pub use observation::{ActionId, Observation, Place, UserName, What};
pub use properties::{PROPERTIES, Property};
pub use verdict::Verdict;

#[cfg(test)]
mod notation;
