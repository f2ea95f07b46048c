//! Looking for leaks that nobody has written down: random schedules of steps, run against a live target, judged by
//! every property, and shrunk to the shortest that still breaks one.
//!
//! In: a plan with a seed. Out: what was tried, and the counterexample as a scenario file. The model of a
//! schedule (`schedule.rs`) says only which steps are possible; who must have seen what is the judge's to
//! say, as in any other run. A schedule that could not be run shows nothing: it is counted apart.

pub(crate) mod plan;

pub(crate) mod names;

mod moves;
mod schedule;

mod claims;
mod written;

mod house;

mod play;

mod shrink;

pub(crate) mod found;
pub(crate) mod tried;

mod search;

pub(crate) mod ended;
pub(crate) mod running;
