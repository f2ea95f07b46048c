//! What clients saw, on its way to whoever reads it: into a history, or to a meter.
//!
//! Of a history `loss` says what it may grow to and why it takes no more, `queue` how much waits for the disk, and
//! `writer` writes it on a thread of its own; every client holds a `recorder`. A `meter` is for whoever measures how
//! long things took.

mod loss;

mod queue;

mod writer;

pub mod recorder;

pub(crate) mod meter;

pub use loss::RecorderError;
pub(crate) use loss::{LONGEST, Lost};
pub use meter::{Arrival, Meter, Reading, Readings};
pub use recorder::Recorder;
