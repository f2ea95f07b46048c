//! Whether the harness and the target are both responsive. Only then does an event that has not come count as lost.
//!
//! `lag` measures how late the harness itself is, and `pulse` whether the target answers. `due` is what actions owe to
//! tabs. `calm` waits for it: nothing that is missing counts as lost until both sides have been responsive for a
//! while.

mod lag;
mod pulse;

mod due;

mod calm;

pub use calm::{PATIENCE, Watch};
pub use due::{Due, so_far};
pub use lag::{Lag, told};
