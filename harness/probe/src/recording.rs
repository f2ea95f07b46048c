//! Where clients put what they saw: into a history, or into a meter.
//!
//! `loss` says how large a history may grow and why it may stop. `queue` counts what waits for the disk, `writer`
//! writes the file on a thread of its own, and every client holds a `recorder`. A `meter` serves callers that measure
//! how long things took.

mod loss;

mod queue;

mod writer;

pub mod recorder;

pub(crate) mod meter;

pub(crate) use loss::Lost;
pub use loss::RecorderError;
pub use meter::{Arrival, Meter, Reading, Readings};
pub use recorder::Recorder;
