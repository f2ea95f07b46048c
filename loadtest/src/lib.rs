//! Many users at once on one target: their working sessions in, observations and figures out.
//!
//! A `journey` is one user's working session, step by step; an `attack` lets goose act out one journey
//! for each user, over and over, until the time is over. What the clients see goes into the history, as
//! in any other run, and is judged there. How long things took goes into goose's own tables and, with
//! every sample kept, into the `figures`; a `threshold` is a bar that they are held against.

pub mod attack;
pub mod figures;
pub mod threshold;

mod journey;

pub use attack::{Attack, LoadError, Outcome, leave_ctrl_c_to_the_caller};
pub use figures::{Figures, Summary};
pub use threshold::{Judged, Threshold, ThresholdError, enough_deliveries, guides_bar};
