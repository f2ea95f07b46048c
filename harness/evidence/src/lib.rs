//! The judge: observations in, findings out.
//!
//! Clients write what they saw (`observation`) into a `history`. Each of the `properties` has a judge, which
//! reads the history and gives a `finding` with a `verdict` and its witnesses. Nothing here opens a file or a
//! socket, reads a clock or draws a random number, so the same history always gives the same findings.
//!
//! The modules are in reading order, from the ground up: none uses one that comes after it.

mod hashing;
pub mod name;
pub mod place;

// What a run leaves behind.
pub mod audience;
pub mod marker;
pub mod membership;
pub mod observation;

pub mod history;

// How it is judged, and what a judge finds.
pub mod verdict;

pub mod finding;
mod judge;
mod property;
mod tally;

// The claims, and how a history is judged by them.
mod comparison;
pub mod properties;

pub mod judging;

#[cfg(test)]
mod test_histories;
#[cfg(test)]
mod specification;

pub use audience::{Audience, Later, Meant, Scope};
pub use finding::{Finding, Witness};
pub use history::{History, Scene};
pub use judging::Judging;
pub use marker::{Joiner, Marker, Owners, Sighting, Travel, traces};
pub use membership::{Member, Membership};
pub use name::{ActionId, UserName};
pub use observation::{COMMENT, Doing, OTHERWISE, Observation, Piece, Secrecy, TOO_FAST, What};
pub use place::Place;
pub use properties::PROPERTIES;
pub use properties::lateness::{SHIFTS_MS, spoils_a_part};
pub use property::Property;
pub use verdict::Verdict;
