//! A load, as data: what is ordered, who does what, how long things took, and the bars for it.
//!
//! The command `airtight load` writes an `order`, and the program `airtight-load` (`loadtest/goose`) carries it
//! out and gives an `outcome`. The two are programs of their own because goose brings much to compile, and
//! only a load needs it. How long things took goes into the `figures`, with every sample kept; a `threshold` is a
//! bar that they are held against; a `role` is what a user does all day. Nothing here waits or sends.

pub mod figures;
pub mod order;
pub mod role;
pub mod threshold;

pub use figures::{Figures, Summary};
pub use order::{Order, Outcome};
pub use role::{Role, measured};
pub use threshold::{Judged, Threshold, ThresholdError, enough_deliveries, guides_bar};
