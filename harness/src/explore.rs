//! Looks for leaks that nobody has written a scenario for. It makes up schedules of steps at random, runs them against
//! a live target and judges them by every property. A schedule that breaks one is shrunk to the shortest that still
//! does.
//!
//! In: a plan with a seed. Out: what was tried, and the counterexample as a scenario file. The model
//! (`state.rs`) says only which steps are possible. The judge says who must have seen what, as in any other run. A
//! schedule that could not be run shows nothing: it is counted apart.

pub(crate) mod users;

pub(crate) mod plan;

mod offer;
mod state;
mod moves;
mod machine;

mod schedule;

mod claims;

mod batch;

mod play;

mod shrink;

pub(crate) mod found;
pub(crate) mod tried;

mod search;

pub(crate) mod ended;
pub(crate) mod running;
