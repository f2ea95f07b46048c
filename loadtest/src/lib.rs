//! A load, as data: what is ordered, who does what, how long things took, and the limits for that.
//!
//! The command `airtight load` writes an `order`, and the program `airtight-load` (`loadtest/goose`) carries it
//! out and writes an `outcome`. They are two programs because goose takes long to compile, and only a load needs
//! it. The `figures` keep every sample of how long things took. A `threshold` is a limit that they are checked
//! against. `arrivals` say when work is due at a rate, and `omission` what was due while users waited. The `clock` of
//! the target must fit ours, or no delivery is measured. A `role` is what a user does all day, and `measured` names what
//! is timed of it. Nothing here waits or sends.

mod omission;
mod samples;

pub mod figures;

pub mod clock;

pub mod arrivals;

pub mod order;
pub mod role;

pub mod measured;

pub mod threshold;

pub use arrivals::{Arrivals, Stage};
pub use clock::Clock;
pub use figures::{Figures, Sample};
pub use measured::measured;
pub use order::{LoadOutcome, Order, OrderedTarget, Progress};
pub use role::{LIST, Role, started};
pub use samples::{Samples, Summary};
pub use threshold::{
    Bar, JudgedThreshold, Threshold, ThresholdError, enough_events, guides_bar, wrong_clock,
};
