//! The judge is judged: the suite against each fault in turn, and once against none.
//!
//! In: the scenarios, and the file that says which property must name which fault. Out: the kill matrix,
//! and what is wrong with it: a fault that nobody names, or a claim that no fault breaks. The whole matrix takes
//! long; so its verdicts are committed, and some of its pairs are held against them (`against.rs`).

pub(crate) mod plan;

mod faults;
mod pair;

mod claims;
mod suite_run;

mod committed;
mod tally;

mod cover;
mod trial;
mod unlike;

mod against;
mod whole;

pub(crate) mod running;
